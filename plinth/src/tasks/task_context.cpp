#include "tasks/task_context.hpp"

#include "tasks/result_meta.hpp"

namespace plinth {

const TaskRequest& TaskContext::Impl::request() {
  if (request_) return *request_;
  request_ = TaskRequest{.id = message.id,
                         .task = message.task,
                         .root_id = message.root_id,
                         .parent_id = message.parent_id,
                         .group = message.group,
                         .args = Json::parse(message.args),
                         .kwargs = Json::parse(message.kwargs),
                         .headers = Json(message.headers),
                         .retries = static_cast<int>(message.retries),
                         .deliveries = info.deliveries,
                         .eta = message.eta,
                         .expires = message.expires,
                         .queue = message.queue,
                         .priority = static_cast<int>(message.priority),
                         .reply_to = message.reply_to,
                         .hostname = info.hostname,
                         .is_eager = info.is_eager};
  return *request_;
}

const TaskRequest& TaskContext::request() const { return impl_.request(); }
Celery& TaskContext::app() const { return *impl_.celery.face; }

Retry TaskContext::retry(RetryOptions options) const {
  if (!options.exc) options.exc = std::current_exception();
  return Retry(std::move(options));
}

Task<void> TaskContext::update_state(std::string state, Json meta) {
  const tasks::ResultMeta stored{
      .task_id = impl_.message.id, .status = std::move(state), .result = meta.dump()};
  co_await impl_.celery.broker->results().store(
      {.id = impl_.message.id,
       .meta = tasks::encode(stored),
       .ready = tasks::states::is_ready(stored.status),
       .expires_seconds = static_cast<std::int64_t>(impl_.celery.options.result_expires)});
}

}  // namespace plinth

// AsyncResult and GroupResult.
#include <utility>

#include "base/clock.hpp"
#include "plinth/tasks.hpp"
#include "tasks/celery.hpp"
#include "tasks/control_client.hpp"
#include "tasks/result_meta.hpp"

namespace plinth {

namespace {

std::int64_t milliseconds(const std::optional<double>& seconds) {
  return seconds ? static_cast<std::int64_t>(*seconds * 1000) : -1;
}

TaskError error_of(const tasks::ExceptionInfo& info, const tasks::ResultMeta& meta) {
  const auto arguments = Json::parse(info.arguments);
  std::string message;
  if (arguments.is_string()) message = arguments.str();
  for (std::size_t i = 0; arguments.is_array() && i < arguments.size(); ++i) {
    if (i > 0) message += ", ";
    message += arguments[i].is_string() ? arguments[i].str() : arguments[i].dump();
  }
  TaskError error(info.type, message, info.module);
  error.arguments = arguments;
  error.traceback = meta.traceback.value_or("");
  return error;
}

[[noreturn]] void throw_error(const tasks::ResultMeta& meta) {
  const auto info = tasks::ExceptionInfo::read(meta.result);
  if (!info) throw TaskError(meta.status, "the result cannot be read: " + meta.result);
  if (meta.status != tasks::states::revoked) throw TaskError(error_of(*info, meta));
  const auto arguments = Json::parse(info->arguments);
  const bool has_reason = arguments.is_array() && arguments.size() > 0 && arguments[0].is_string();
  throw TaskRevokedError(has_reason ? arguments[0].str() : "revoked");
}

}  // namespace

namespace detail {

Task<Json> AnyResult::meta() const {
  auto text = co_await celery_->impl().broker->results().meta(id_);
  co_return text ? Json::parse(*text) : Json();
}

Task<std::string> AnyResult::state() const {
  const auto known = co_await meta();
  const auto* status = known.find("status");
  co_return status && status->is_string() ? status->str() : std::string(tasks::states::pending);
}

Task<Json> AnyResult::info() const {
  const auto known = co_await meta();
  const auto* result = known.find("result");
  co_return result ? *result : Json();
}

Task<std::string> AnyResult::traceback() const {
  const auto known = co_await meta();
  const auto* text = known.find("traceback");
  co_return text && text->is_string() ? text->str() : std::string();
}

Task<bool> AnyResult::ready() const { co_return tasks::states::is_ready(co_await state()); }
Task<bool> AnyResult::successful() const { co_return co_await state() == tasks::states::success; }
Task<bool> AnyResult::failed() const { co_return co_await state() == tasks::states::failure; }

Task<void> AnyResult::forget() const {
  std::vector<std::string> ids{id_};
  co_await celery_->impl().broker->results().forget(std::move(ids));
}

Task<void> AnyResult::revoke(bool terminate) const {
  std::vector<std::string> ids{id_};
  co_await celery_->revoke(std::move(ids), terminate);
}

Task<std::string> AnyResult::wait(GetOptions options) const {
  const auto text =
      co_await celery_->impl().broker->results().wait(id_, milliseconds(options.timeout));
  if (!text) {
    throw TimeoutError("task " + id_ + " was not ready within " +
                       std::to_string(options.timeout.value_or(0)) + " seconds");
  }
  auto meta = tasks::decode_result(*text);
  if (!meta) throw TaskError("ValueError", "the result of task " + id_ + " cannot be read");
  if (meta->status != tasks::states::success && options.propagate) throw_error(*meta);
  co_return std::move(meta->result);
}

}  // namespace detail

Task<std::vector<Json>> GroupResult::get(GetOptions options) const {
  const auto end = base::monotonic_ms() + milliseconds(options.timeout);
  std::vector<Json> all;
  for (const auto& result : results_) {
    auto rest = options;
    if (options.timeout) {
      rest.timeout =
          static_cast<double>(std::max<std::int64_t>(0, end - base::monotonic_ms())) / 1e3;
    }
    all.push_back(co_await result.get(rest));
  }
  co_return all;
}

Task<std::size_t> GroupResult::completed_count() const {
  std::size_t count = 0;
  for (const auto& result : results_) {
    const bool done = co_await result.successful();
    if (done) ++count;
  }
  co_return count;
}

Task<bool> GroupResult::ready() const {
  for (const auto& result : results_) {
    const bool done = co_await result.ready();
    if (!done) co_return false;
  }
  co_return true;
}

Task<void> GroupResult::save() const {
  tasks::SavedGroup saved{.id = id_};
  for (const auto& result : results_) saved.task_ids.push_back(result.id());
  auto& impl = celery_->impl();
  co_await impl.broker->results().save_group(
      id_, "{\"result\": " + tasks::encode(saved) + "}",
      static_cast<std::int64_t>(impl.options.result_expires));
}

Task<std::optional<GroupResult>> GroupResult::restore(Celery& celery, std::string id) {
  const auto text = co_await celery.impl().broker->results().group_meta(id);
  if (!text) co_return std::nullopt;
  const auto meta = Json::parse(*text);
  const auto* result = meta.find("result");
  const auto saved = result ? tasks::decode_group(result->dump()) : std::nullopt;
  if (!saved) co_return std::nullopt;
  std::vector<AsyncResult<Json>> parts;
  for (const auto& each : saved->task_ids) parts.emplace_back(celery, each);
  co_return GroupResult(celery, std::move(id), std::move(parts));
}

Task<void> GroupResult::forget() const {
  std::vector<std::string> ids;
  for (const auto& result : results_) ids.push_back(result.id());
  co_await celery_->impl().broker->results().forget(std::move(ids));
}

Task<void> GroupResult::revoke(bool terminate) const {
  std::vector<std::string> ids;
  for (const auto& result : results_) ids.push_back(result.id());
  co_await celery_->revoke(std::move(ids), terminate);
}

}  // namespace plinth

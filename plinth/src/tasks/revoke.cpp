// Celery::revoke: workers on Redis are told by remote control; without a broker the message is
// taken out of the database, and the workers of this process are told.
#include <mutex>
#include <utility>

#include "plinth/tasks.hpp"
#include "tasks/celery.hpp"
#include "tasks/control_client.hpp"
#include "tasks/settle.hpp"
#include "tasks/worker.hpp"

namespace plinth {

namespace {

Json json_of(const std::vector<std::string>& ids) {
  Json::Array list;
  for (const auto& id : ids) list.emplace_back(id);
  return list;
}

Task<void> revoke_here(Celery::Impl& celery, std::string id, bool terminate) {
  const bool removed = co_await celery.broker->remove(id);
  if (removed) {
    const tasks::Message message{.id = id};
    auto result = tasks::stored_result(celery, message, tasks::revoked("revoked"), Json::array({}));
    if (result) co_await celery.broker->results().store(std::move(*result));
    co_return;
  }
  const std::lock_guard lock(celery.workers_mutex);
  for (auto* worker : celery.workers) {
    worker->address().post([worker, id, terminate] { worker->revoke({id}, terminate); });
  }
}

}  // namespace

Task<void> Celery::revoke(std::vector<std::string> ids, bool terminate) {
  auto& celery = impl();
  if (celery.options.broker_url) {
    co_await tasks::broadcast(
        celery, "revoke",
        Json::object({{"task_id", json_of(ids)}, {"terminate", terminate}, {"signal", "SIGTERM"}}));
    co_return;
  }
  for (auto& id : ids) co_await revoke_here(celery, std::move(id), terminate);
}

}  // namespace plinth

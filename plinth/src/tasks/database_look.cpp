// What `app tasks` shows and changes.
#include <algorithm>
#include <utility>

#include "plinth/json.hpp"
#include "plinth/task_tables.hpp"
#include "tasks/database_broker_state.hpp"

namespace plinth::tasks {

namespace {

// " AND queue is one of these", unless all are meant.
std::string in_queues(db::Dialect dialect, const std::vector<std::string>& queues) {
  return queues.empty() ? std::string() : " AND " + is_one_of(dialect, "queue");
}

std::vector<db::Value> arguments_of(const std::vector<std::string>& queues) {
  std::vector<db::Value> arguments;
  if (!queues.empty()) arguments.push_back(detail::argument(queues));
  return arguments;
}

struct Length {
  std::string queue;
  std::int64_t waiting;
  std::int64_t held;
};

struct Listed {
  std::string queue;
  std::string message;
  std::int64_t due_us;
};

// The header "task" of a message; empty when it has none.
std::string task_of(const std::string& message) {
  try {
    const auto json = Json::parse(message);
    const auto* headers = json.find("headers");
    const auto* task = headers ? headers->find("task") : nullptr;
    return task && task->is_string() ? task->str() : std::string();
  } catch (const JsonError&) {
    return {};
  }
}

}  // namespace

Task<std::vector<Broker::QueueLength>> DatabaseBrokerState::lengths(
    std::vector<std::string> queues) {
  auto session = engine_.session();
  auto rows = co_await session.all(
      raw<Length>("SELECT queue, count(CASE WHEN due_us = 0 THEN 1 END), "
                  "count(CASE WHEN due_us > 0 THEN 1 END) FROM plinth_tasks WHERE due_us >= 0" +
                      in_queues(engine_.dialect(), queues) + " GROUP BY queue ORDER BY queue",
                  arguments_of(queues)));
  std::vector<QueueLength> lengths;
  for (auto& queue : queues) lengths.push_back({.queue = std::move(queue)});
  for (auto& row : rows) {
    auto at = std::find_if(lengths.begin(), lengths.end(),
                           [&](const QueueLength& one) { return one.queue == row.queue; });
    if (at == lengths.end()) at = lengths.insert(at, {.queue = std::move(row.queue)});
    at->waiting = static_cast<std::uint64_t>(row.waiting);
    at->held = static_cast<std::uint64_t>(row.held);
  }
  co_return lengths;
}

Task<Broker::Backlog> DatabaseBrokerState::backlog(std::vector<std::string> queues) {
  Backlog backlog{.queues = co_await lengths(std::move(queues))};
  for (const auto& queue : backlog.queues) backlog.held += queue.held;
  auto session = engine_.session();
  const auto dead = co_await session.all(raw<Length>(
      "SELECT '', count(*), 0 FROM plinth_tasks WHERE due_us <> 0 AND due_us = -1", {}));
  for (const auto& row : dead) backlog.dead += static_cast<std::uint64_t>(row.waiting);
  co_return backlog;
}

Task<std::vector<Waiting>> DatabaseBrokerState::list(std::vector<std::string> queues,
                                                     std::size_t limit) {
  auto session = engine_.session();
  auto arguments = arguments_of(queues);
  arguments.emplace_back(static_cast<std::int64_t>(limit));
  auto rows = co_await session.all(raw<Listed>(
      "SELECT queue, message, due_us FROM plinth_tasks WHERE due_us >= 0" +
          in_queues(engine_.dialect(), queues) + " ORDER BY due_us, priority, number LIMIT ?",
      std::move(arguments)));
  std::vector<Waiting> listed;
  for (auto& row : rows) {
    listed.push_back({.queue = std::move(row.queue),
                      .text = std::move(row.message),
                      .held = row.due_us > 0,
                      .due_us = row.due_us});
  }
  co_return listed;
}

Task<bool> DatabaseBrokerState::remove(std::string id) {
  Batch batch(engine_);
  const auto removed =
      batch.add(text("DELETE FROM plinth_tasks WHERE id = ? AND tag IS NULL AND due_us >= 0", id));
  co_await batch.run();
  co_return batch.rowcount(removed) > 0;
}

Task<std::uint64_t> DatabaseBrokerState::purge(std::vector<std::string> queues) {
  Batch batch(engine_);
  const auto purged =
      batch.add(raw<void>("DELETE FROM plinth_tasks WHERE tag IS NULL AND due_us >= 0" +
                              in_queues(engine_.dialect(), queues),
                          arguments_of(queues)));
  co_await batch.run();
  co_return batch.rowcount(purged);
}

// `due_us <> 0` names the index.
Task<std::vector<DeadLetter>> DatabaseBrokerState::dead_letters(std::size_t limit) {
  auto session = engine_.session();
  auto rows =
      co_await session.all(select<TaskMessage>()
                               .where(sql<bool>("due_us <> 0") && col<&TaskMessage::due_us> == -1)
                               .order_by(col<&TaskMessage::number>)
                               .limit(static_cast<std::int64_t>(limit)));
  std::vector<DeadLetter> letters;
  for (const auto& row : rows) {
    letters.push_back({.id = *row.id,
                       .task = task_of(*row.message),
                       .queue = *row.queue,
                       .reason = row.reason->value_or(""),
                       .at_us = row.died_us->value_or(0),
                       .text = *row.message});
  }
  co_return letters;
}

Task<bool> DatabaseBrokerState::revive(std::string id) {
  Batch batch(engine_);
  const auto revived = batch.add(
      text<std::string>("UPDATE plinth_tasks SET due_us = 0, deliveries = 0, reason = NULL, "
                        "died_us = NULL WHERE id = ? AND due_us = -1 RETURNING queue",
                        id));
  co_await batch.run();
  const auto queues = batch.rows<std::string>(revived);
  tell(queues);
  co_return !queues.empty();
}

Task<std::uint64_t> DatabaseBrokerState::purge_dead_letters() {
  Batch batch(engine_);
  const auto purged = batch.add(text("DELETE FROM plinth_tasks WHERE due_us <> 0 AND due_us = -1"));
  co_await batch.run();
  co_return batch.rowcount(purged);
}

}  // namespace plinth::tasks

// What publishers and workers do.
#include "tasks/database_broker.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/clock.hpp"
#include "db/session_state.hpp"
#include "plinth/task_tables.hpp"
#include "tasks/database_broker_state.hpp"
#include "tasks/outbox.hpp"

namespace plinth::tasks {

namespace {

constexpr std::int64_t restored_at_once = 1000;
constexpr std::int64_t restore_interval_ms = 1000;

struct Taken {
  std::int64_t number;
  std::int64_t priority;
  std::string queue;
  std::string message;
  std::int64_t deliveries;
  std::string tag;
};

constexpr std::string_view hold_rows =
    " UPDATE plinth_tasks SET tag = CAST(number AS TEXT) || ?, due_us = ?, "
    "deliveries = deliveries + 1 WHERE number IN (SELECT number FROM next) RETURNING ";

// The most urgent of each queue by its index, and of these the most urgent. MATERIALIZED: the rows
// are picked, and locked, once.
std::string take_sql(db::Dialect dialect, std::size_t queues) {
  std::string sql = "WITH next AS MATERIALIZED (SELECT number FROM (";
  for (std::size_t i = 0; i < queues; ++i) {
    if (i > 0) sql += " UNION ALL ";
    sql +=
        "SELECT * FROM (SELECT number, priority FROM plinth_tasks WHERE queue = ? AND "
        "due_us = 0 ORDER BY priority, number LIMIT ?";
    sql += skip_locked(dialect);
    sql += ") AS queue_" + std::to_string(i);
  }
  sql += ") AS ready ORDER BY priority, number LIMIT ?)";
  sql += hold_rows;
  return sql += "number, priority, queue, message, deliveries, tag";
}

// "-1f2e…": with the row's number before it, the tag of a hold.
std::string new_hold() { return "-" + Uuid::random().str(); }

struct Published {
  std::string id;
  std::string key;
};

Task<void> check_length(Session& session, std::string queue, std::uint64_t most) {
  const auto limit = static_cast<std::int64_t>(most);
  const auto waiting = co_await session.one(text<std::int64_t>(
      "SELECT count(*) FROM (SELECT 1 AS one FROM plinth_tasks WHERE queue = ? AND due_us = 0 "
      "LIMIT ?) AS waiting",
      queue, limit));
  if (waiting >= limit) {
    throw db::Unavailable("the queue " + queue + " is full: " + std::to_string(most) + " tasks");
  }
}

// Of each key, the task that has it.
Task<void> resolve_keys(Session& session, std::vector<Published>& published) {
  co_await session.flush();
  for (auto& one : published) {
    if (one.key.empty()) continue;
    one.id = co_await session.one(
        select<TaskKey>(col<&TaskKey::task_id>).where(col<&TaskKey::idempotency_key> == one.key));
  }
}

}  // namespace

std::vector<std::int64_t> numbers_of(const std::vector<std::string>& tags) {
  std::vector<std::int64_t> numbers;
  for (const auto& tag : tags) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), number);
    if (error == std::errc() && end != tag.data() + tag.size() && *end == '-') {
      numbers.push_back(number);
    }
  }
  return numbers;
}

std::string held_by(db::Dialect dialect) {
  return is_one_of(dialect, "number") + " AND " + is_one_of(dialect, "tag");
}

// The state of the disk, not of the request: who publishes may try again.
Task<std::vector<std::string>> DatabaseBrokerState::publish(std::vector<Outgoing> messages) {
  std::exception_ptr refused;
  try {
    co_return co_await publish_all(std::move(messages));
  } catch (const OperationalError& error) {
    refused = std::make_exception_ptr(db::Unavailable(error.what()));
  }
  std::rethrow_exception(std::move(refused));
}

Task<std::vector<std::string>> DatabaseBrokerState::publish_all(std::vector<Outgoing> messages) {
  auto session = engine_.session();
  std::vector<Published> published;
  std::vector<std::string> ids;
  std::vector<std::string> queues;
  bool keyed = false;
  for (auto& message : messages) {
    published.push_back({message.id, message.idempotency_key});
    queues.push_back(message.queue);
    keyed = keyed || !message.idempotency_key.empty();
    enlist(session, std::move(message));
  }
  if (options_.queue_max_length > 0) {
    std::sort(queues.begin(), queues.end());
    queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
    for (const auto& queue : queues) {
      co_await check_length(session, queue, options_.queue_max_length);
    }
  }
  if (keyed) co_await resolve_keys(session, published);
  co_await session.commit();
  for (auto& one : published) ids.push_back(std::move(one.id));
  co_return ids;
}

// What is said from here on is news: the rows are looked at now.
void DatabaseBrokerState::listen(const std::vector<std::string>& queues) {
  std::vector<std::string> topics;
  for (const auto& queue : queues) topics.push_back(queue_topic(queue));
  if (queues.empty()) topics.push_back(any_queue_topic);
  if (!listener_ || listener_->topics() != topics) {
    listener_.emplace(engine_.driver().notifier(), std::move(topics));
  } else {
    listener_->clear();
  }
}

// From name to name by the index, however many messages there are of each.
Task<std::vector<std::string>> DatabaseBrokerState::queues_with_messages() {
  auto session = engine_.session();
  co_return co_await session.all(text<std::string>(
      "WITH RECURSIVE names(queue) AS (SELECT min(queue) FROM plinth_tasks WHERE due_us = 0 "
      "UNION ALL SELECT (SELECT min(next.queue) FROM plinth_tasks AS next WHERE due_us = 0 AND "
      "next.queue > names.queue) FROM names WHERE names.queue IS NOT NULL) "
      "SELECT queue FROM names WHERE queue IS NOT NULL"));
}

Task<std::vector<Delivery>> DatabaseBrokerState::take(std::vector<std::string> queues,
                                                      std::size_t limit, std::int64_t lease_ms) {
  std::vector<Delivery> deliveries;
  if (limit == 0) co_return deliveries;
  listen(queues);
  if (queues.empty()) queues = co_await queues_with_messages();
  if (queues.empty()) co_return deliveries;
  const auto most = static_cast<std::int64_t>(limit);
  std::vector<db::Value> arguments;
  for (auto& queue : queues) {
    arguments.emplace_back(queue);
    arguments.emplace_back(most);
  }
  arguments.emplace_back(most);
  arguments.emplace_back(new_hold());
  arguments.emplace_back(base::clock_microseconds() + lease_ms * 1000);
  Batch batch(engine_);
  const auto place =
      batch.add(raw<Taken>(take_sql(engine_.dialect(), queues.size()), std::move(arguments)));
  co_await batch.run();
  auto rows = batch.rows<Taken>(place);
  std::sort(rows.begin(), rows.end(), [](const Taken& a, const Taken& b) {
    return std::pair(a.priority, a.number) < std::pair(b.priority, b.number);
  });
  for (auto& row : rows) {
    deliveries.push_back({.tag = std::move(row.tag),
                          .queue = std::move(row.queue),
                          .text = std::move(row.message),
                          .deliveries = static_cast<int>(row.deliveries)});
  }
  co_return deliveries;
}

Task<void> DatabaseBrokerState::wait(std::vector<std::string> queues, std::int64_t milliseconds) {
  if (!listener_) listen(queues);
  co_await listener_->wait(std::min(milliseconds, options_.poll_ms));
}

Task<void> DatabaseBrokerState::renew(std::vector<std::string> tags, std::int64_t lease_ms) {
  if (tags.empty()) co_return;
  Batch batch(engine_);
  batch.add(text("UPDATE plinth_tasks SET due_us = ? WHERE " + held_by(engine_.dialect()),
                 base::clock_microseconds() + lease_ms * 1000, numbers_of(tags), tags));
  co_await batch.run();
}

Task<void> DatabaseBrokerState::defer(std::string tag, std::int64_t eta_us) {
  const bool is_due = eta_us <= base::clock_microseconds();
  co_await release({std::move(tag)}, is_due ? 0 : eta_us);
}

Task<void> DatabaseBrokerState::give_back(std::vector<std::string> tags) {
  co_await release(std::move(tags), 0);
}

Task<void> DatabaseBrokerState::release(std::vector<std::string> tags, std::int64_t due_us) {
  if (tags.empty()) co_return;
  Batch batch(engine_);
  const auto released = batch.add(
      text<std::string>("UPDATE plinth_tasks SET tag = NULL, due_us = ?, deliveries = deliveries "
                        "- 1 WHERE " +
                            held_by(engine_.dialect()) + " RETURNING queue",
                        due_us, numbers_of(tags), tags));
  co_await batch.run();
  if (due_us == 0) tell(batch.rows<std::string>(released));
}

Task<void> DatabaseBrokerState::ack(std::vector<std::string> tags) {
  if (tags.empty()) co_return;
  Batch batch(engine_);
  batch.add(
      text("DELETE FROM plinth_tasks WHERE " + held_by(engine_.dialect()), numbers_of(tags), tags));
  co_await batch.run();
}

void DatabaseBrokerState::tell(const std::vector<std::string>& queues) {
  if (queues.empty()) return;
  std::vector<std::string> topics{any_queue_topic};
  for (const auto& queue : queues) topics.push_back(queue_topic(queue));
  engine_.driver().notifier().notify(topics);
}

// Most of the time nothing is due, and nothing is written. `due_us <> 0` names the index.
Task<std::int64_t> DatabaseBrokerState::restore() {
  const auto monotonic = base::monotonic_ms();
  if (next_sweep_ms_ == 0) next_sweep_ms_ = monotonic + options_.sweep_ms;
  if (monotonic >= next_sweep_ms_) {
    next_sweep_ms_ = monotonic + options_.sweep_ms;
    co_await sweep();
  }
  auto session = engine_.session();
  const auto due = co_await session.one(text<std::optional<std::int64_t>>(
      "SELECT min(due_us) FROM plinth_tasks WHERE due_us <> 0 AND due_us > 0"));
  const auto now = base::clock_microseconds();
  if (!due) co_return restore_interval_ms;
  if (*due > now) co_return std::min(restore_interval_ms, (*due - now) / 1000 + 1);

  Batch batch(engine_);
  std::string sql =
      "WITH due AS MATERIALIZED (SELECT number FROM plinth_tasks WHERE due_us <> 0 AND due_us > 0 "
      "AND due_us <= ? ORDER BY due_us LIMIT ?";
  sql += skip_locked(engine_.dialect());
  sql +=
      ") UPDATE plinth_tasks SET tag = NULL, due_us = 0 WHERE number IN (SELECT number FROM "
      "due) RETURNING queue";
  const auto restored = batch.add(text<std::string>(sql, now, restored_at_once));
  co_await batch.run();
  tell(batch.rows<std::string>(restored));
  co_return 1;  // for what is due next
}

std::unique_ptr<DatabaseBroker> make_database_broker(Engine& engine,
                                                     DatabaseBrokerOptions options) {
  return std::make_unique<DatabaseBrokerState>(engine, options);
}

}  // namespace plinth::tasks

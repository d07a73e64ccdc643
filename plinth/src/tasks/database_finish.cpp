// How held messages end, and the way of messages to another broker.
#include <algorithm>
#include <set>
#include <utility>

#include "base/clock.hpp"
#include "db/session_state.hpp"
#include "plinth/task_tables.hpp"
#include "tasks/database_broker_state.hpp"
#include "tasks/outbox.hpp"

namespace plinth::tasks {

namespace {

constexpr std::int64_t inbox_seconds = 7 * 86'400;
constexpr std::int64_t swept_at_once = 10'000;

// Of these, what is still held; the rows stay locked until the transaction ends. In order of their
// numbers, so that two such transactions do not wait for each other.
Task<std::set<std::string>> lock_held(Session& session, db::Dialect dialect,
                                      const std::vector<Finished>& messages) {
  std::vector<std::string> tags;
  for (const auto& message : messages) {
    if (!message.tag.empty()) tags.push_back(message.tag);
  }
  if (tags.empty()) co_return std::set<std::string>();
  const auto held =
      co_await session.all(select<TaskMessage>(col<&TaskMessage::tag>)
                               .where(sql<bool>(is_one_of(dialect, "number"), numbers_of(tags)) &&
                                      sql<bool>(is_one_of(dialect, "tag"), tags))
                               .order_by(col<&TaskMessage::number>)
                               .with_for_update());
  std::set<std::string> still;
  for (const auto& tag : held) still.insert(tag.value_or(""));
  co_return still;
}

// Of these chords, those that were not dropped before; they are now.
Task<std::set<std::string>> drop_chords(Session& session, db::Dialect dialect,
                                        const std::vector<Finished>& messages) {
  std::set<std::string> groups;
  for (const auto& message : messages) {
    if (!message.chord.empty()) groups.insert(message.chord);
  }
  if (groups.empty()) co_return groups;
  const std::vector<std::string> wanted(groups.begin(), groups.end());
  const auto dropped = co_await session.all(
      text<std::string>("UPDATE plinth_task_groups SET size = NULL WHERE size IS NOT NULL AND " +
                            is_one_of(dialect, "id") + " RETURNING id",
                        wanted));
  db::state_of(session).add_query(
      text("DELETE FROM plinth_task_group_parts WHERE " + is_one_of(dialect, "group_id"), dropped)
          .query());
  co_return std::set<std::string>(dropped.begin(), dropped.end());
}

db::Query bury(std::int64_t number, const std::string& reason) {
  return text(
             "UPDATE plinth_tasks SET tag = NULL, due_us = -1, reason = ?, died_us = ? WHERE "
             "number = ?",
             reason, base::clock_microseconds(), number)
      .query();
}

// Rows of `table` that are older than `before`, a bounded number at a time.
std::string sweep_sql(db::Dialect dialect, const char* table, const char* key, const char* time) {
  const std::string from(table);
  return "DELETE FROM " + from + " WHERE " + key + " IN (SELECT " + key + " FROM " + from +
         " WHERE " + time + " <= ? LIMIT ?" + std::string(skip_locked(dialect)) + ")";
}

}  // namespace

// Two looks and one write: first which of them are still held, then which chords are still there,
// then all that follows, with the commit.
Task<void> DatabaseBrokerState::finish(std::vector<Finished> messages) {
  if (messages.empty()) co_return;
  auto session = engine_.session();
  auto& state = db::state_of(session);
  auto held = co_await lock_held(session, engine_.dialect(), messages);
  // The second time that a tag stands in the list, it is not held any more.
  std::erase_if(messages, [&](const Finished& message) {
    return !message.tag.empty() && held.erase(message.tag) == 0;
  });
  auto chords = co_await drop_chords(session, engine_.dialect(), messages);
  std::vector<std::string> done;
  for (auto& message : messages) {
    if (message.result) enlist_result(session, std::move(*message.result));
    if (message.chord.empty() || chords.erase(message.chord) > 0) {
      for (auto& next : message.follow_ups) enlist(session, std::move(next));
    }
    if (message.tag.empty()) continue;
    if (message.dead_reason.empty()) {
      done.push_back(std::move(message.tag));
    } else {
      state.add_query(bury(numbers_of({message.tag}).front(), message.dead_reason));
    }
  }
  if (!done.empty()) {
    state.add_query(text("DELETE FROM plinth_tasks WHERE " + is_one_of(engine_.dialect(), "number"),
                         numbers_of(done))
                        .query());
  }
  co_await session.commit();
}

namespace {

struct Moved {
  std::int64_t number;
  std::string id;
  std::string queue;
  std::int64_t priority;
  std::string message;
  std::optional<std::string> idempotency_key;
  std::int64_t idempotency_seconds;
  std::string tag;
};

// Only one at a time looks for what to move: the next one must see what it holds.
constexpr std::string_view lock_outbox = "SELECT pg_advisory_xact_lock(?)";
constexpr std::int64_t outbox_lock = 0x706c696e74680001;

constexpr std::string_view move_sql =
    "WITH next AS MATERIALIZED (SELECT number FROM plinth_tasks WHERE due_us >= 0 AND "
    "(tag IS NULL OR due_us <= ?) AND queue NOT IN (SELECT queue FROM plinth_tasks WHERE "
    "due_us <> 0 AND due_us > ? AND tag IS NOT NULL) ORDER BY number LIMIT ?) "
    "UPDATE plinth_tasks SET tag = CAST(number AS TEXT) || ?, due_us = ?, "
    "deliveries = deliveries + 1 WHERE number IN (SELECT number FROM next) RETURNING "
    "number, id, queue, priority, message, idempotency_key, idempotency_seconds, tag";

// Also after a kill between the two brokers, the second one takes it once. It lies there at once:
// who takes it there reads its eta.
Outbound outbound(Moved row) {
  auto key = row.idempotency_key.value_or("");
  if (key.empty()) key = "outbox:" + row.id + ":" + std::to_string(row.number);
  return {.tag = std::move(row.tag),
          .message = {.id = std::move(row.id),
                      .queue = std::move(row.queue),
                      .priority = static_cast<int>(row.priority),
                      .text = std::move(row.message),
                      .idempotency_key = std::move(key),
                      .idempotency_seconds = row.idempotency_seconds}};
}

}  // namespace

Task<std::vector<Outbound>> DatabaseBrokerState::take_outbox(std::size_t limit,
                                                             std::int64_t lease_ms) {
  if (!outbox_listener_) {
    outbox_listener_.emplace(engine_.driver().notifier(), std::vector{any_queue_topic});
  }
  outbox_listener_->clear();
  const auto now = base::clock_microseconds();
  Batch batch(engine_);
  if (engine_.dialect() == db::Dialect::postgresql) batch.add(text(lock_outbox, outbox_lock));
  const auto place = batch.add(text<Moved>(move_sql, now, now, static_cast<std::int64_t>(limit),
                                           "-" + Uuid::random().str(), now + lease_ms * 1000));
  co_await batch.run();
  auto rows = batch.rows<Moved>(place);
  std::sort(rows.begin(), rows.end(),
            [](const Moved& a, const Moved& b) { return a.number < b.number; });
  std::vector<Outbound> moved;
  for (auto& row : rows) moved.push_back(outbound(std::move(row)));
  co_return moved;
}

Task<void> DatabaseBrokerState::wait_outbox(std::int64_t milliseconds) {
  if (!outbox_listener_) {
    outbox_listener_.emplace(engine_.driver().notifier(), std::vector{any_queue_topic});
  }
  co_await outbox_listener_->wait(std::min(milliseconds, options_.poll_ms));
}

Task<void> DatabaseBrokerState::sweep() {
  const auto now = base::clock_microseconds();
  const auto dialect = engine_.dialect();
  Batch batch(engine_);
  const auto expired = [&](const char* table, const char* key, std::int64_t before = 0) {
    const char* time = before > 0 ? "done_us" : "expires_us";
    batch.add(text(sweep_sql(dialect, table, key, time), before > 0 ? before : now, swept_at_once));
  };
  expired("plinth_task_results", "id");
  expired("plinth_task_keys", "idempotency_key");
  expired("plinth_task_groups", "id");
  expired("plinth_task_group_parts", "group_id");
  expired("plinth_inbox", "id", now - inbox_seconds * 1'000'000);
  co_await batch.run();
}

}  // namespace plinth::tasks

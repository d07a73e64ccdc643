#include "tasks/outbox.hpp"

#include <stdexcept>
#include <utility>

#include "base/clock.hpp"
#include "db/session_state.hpp"
#include "plinth/task_tables.hpp"

namespace plinth::tasks {

namespace {

constexpr std::size_t key_size_max = 255;

void check(const Outgoing& message) {
  if (message.queue.empty()) {
    throw std::invalid_argument("the task " + message.id + " has no queue");
  }
  if (message.idempotency_key.size() > key_size_max) {
    throw std::invalid_argument(
        "idempotency_key: " + std::to_string(message.idempotency_key.size()) + " bytes; at most " +
        std::to_string(key_size_max));
  }
}

db::Query plain_insert(Outgoing message, std::int64_t due_us) {
  return insert(TaskMessage{.id = std::move(message.id),
                            .queue = std::move(message.queue),
                            .priority = message.priority,
                            .message = std::move(message.text),
                            .due_us = due_us,
                            .idempotency_seconds = message.idempotency_seconds})
      .query();
}

// Takes the key unless another message has it; of two at once the second waits for the first.
db::Query claim_key(const Outgoing& message, const std::string& claim, std::int64_t now) {
  return text(
             "INSERT INTO plinth_task_keys (idempotency_key, task_id, claim, expires_us) "
             "VALUES (?, ?, ?, ?) ON CONFLICT (idempotency_key) DO UPDATE SET "
             "task_id = excluded.task_id, claim = excluded.claim, expires_us = excluded.expires_us "
             "WHERE plinth_task_keys.expires_us <= ?",
             message.idempotency_key, message.id, claim,
             now + message.idempotency_seconds * 1'000'000, now)
      .query();
}

db::Query insert_if_claimed(const Outgoing& message, const std::string& claim,
                            std::int64_t due_us) {
  return text(
             "INSERT INTO plinth_tasks (id, queue, priority, message, due_us, deliveries, "
             "idempotency_key, idempotency_seconds) "
             "SELECT ?, ?, CAST(? AS INTEGER), ?, ?, 0, ?, ? WHERE EXISTS (SELECT 1 FROM "
             "plinth_task_keys WHERE idempotency_key = ? AND claim = ?)",
             message.id, message.queue, message.priority, message.text, due_us,
             message.idempotency_key, message.idempotency_seconds, message.idempotency_key, claim)
      .query();
}

}  // namespace

std::string queue_topic(const std::string& queue) { return "tasks:" + queue; }
std::string result_topic(const std::string& id) { return "result:" + id; }

void enlist(Session& session, Outgoing message) {
  check(message);
  auto& state = db::state_of(session);
  const auto now = base::clock_microseconds();
  const auto due_us = message.eta_us > now ? message.eta_us : 0;
  state.news.push_back(any_queue_topic);
  state.news.push_back(queue_topic(message.queue));
  if (message.idempotency_key.empty()) {
    state.add_query(plain_insert(std::move(message), due_us));
    return;
  }
  const auto claim = Uuid::random().str().substr(0, 32);
  state.add_query(claim_key(message, claim, now));
  state.add_query(insert_if_claimed(message, claim, due_us));
}

}  // namespace plinth::tasks

// What a pool does by the clock: statements that take long, connections that are cut off or idle.
#include <chrono>
#include <utility>
#include <vector>

#include "db/postgresql_pool.hpp"

namespace plinth::db {

using State = PostgresqlPool::Member::State;

namespace {

constexpr std::chrono::milliseconds tick_interval{50};
constexpr std::chrono::milliseconds idle_tick_interval{1000};
constexpr std::int64_t unwanted_ms = 50;  // then a statement that nobody waits for is cancelled
constexpr std::int64_t slow_ms = 250;     // then what waits behind a statement goes elsewhere
constexpr std::int64_t silent_ms = 500;   // then the network is looked at
constexpr std::int64_t grace_ms = 2000;   // for the server to keep a time limit
constexpr std::size_t slow_max = 256;

}  // namespace

void PostgresqlPool::tick_later() {
  if (closed_ || std::exchange(ticking_, true)) return;
  bool busy = !outbox_.empty();
  for (const auto& member : members_) busy = busy || !member.connection->is_idle();
  tick_timer_.expires_after(busy ? tick_interval : idle_tick_interval);
  tick_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (!self) return;
    self->ticking_ = false;
    if (!cancelled) self->tick();
  });
}

void PostgresqlPool::tick() {
  // Members may go while they are looked at.
  std::vector<Handle> looked_at;
  for (const auto& member : members_) looked_at.push_back(member.connection);
  for (const auto& connection : looked_at) {
    if (auto* member = find(*connection)) look_at(*member);
  }
  if (!outbox_.empty()) flush_later();
  if (!members_.empty()) tick_later();
}

void PostgresqlPool::look_at(Member& member) {
  auto& connection = *member.connection;
  if (connection.is_idle()) {
    const auto limit = config_->options.idle_timeout.count * 1000;
    const bool is_old = limit > 0 && connection.idle_ms() > limit;
    if (is_old && member.state == State::ready) connection.close();
    return;
  }
  const auto running = connection.running_ms();
  const auto limit = config_->options.statement_timeout.count * 1000;
  if (running > silent_ms && connection.is_cut_off()) return connection.close();
  if (limit > 0 && running > limit + grace_ms) return connection.close();
  const bool is_late = config_->pgbouncer && limit > 0 && running > limit;
  if (is_late || (running > unwanted_ms && !connection.is_head_wanted())) return cancel(member);
  if (running > slow_ms && member.role == Role::shared && member.state == State::ready) {
    if (slow_.size() >= slow_max) slow_.clear();
    slow_.emplace(connection.head_sql());
    set_aside(member);
  }
}

void PostgresqlPool::set_aside(Member& member) {
  member.state = State::aside;
  for (auto& sent : member.connection->take_stuck()) outbox_.push_back(std::move(sent));
  flush_later();
}

// What is behind it and was sent again elsewhere has its turn to be cancelled too.
void PostgresqlPool::cancel(Member& member) {
  if (member.role == Role::shared && member.state == State::ready) set_aside(member);
  // A lease goes on to use its connection: PostgreSQL ends its statement, and it learns of that.
  if (member.state != State::leased) member.state = State::cancelled;
  member.connection->cancel();
}

}  // namespace plinth::db

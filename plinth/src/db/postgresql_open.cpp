// How a pool opens connections, and what becomes of those who wait while it cannot.
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/loop.hpp"
#include "db/postgresql_pool.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

using State = PostgresqlPool::Member::State;

namespace {

constexpr std::size_t shared_max = 2;
constexpr std::size_t busy = 16;  // statements in flight, from which on a second one is worth it
constexpr std::chrono::milliseconds retry_pause{100};
// A restart of the database is waited for; who comes later in a longer outage is told at once.
constexpr std::int64_t patience_ms = 1000;

}  // namespace

std::size_t PostgresqlPool::count(Role role) const {
  return static_cast<std::size_t>(std::count_if(
      members_.begin(), members_.end(), [&](const Member& member) { return member.role == role; }));
}

// The least busy one; opens a second when even that one is busy.
PostgresqlPool::Handle PostgresqlPool::pick_shared() {
  Handle least;
  std::size_t ready = 0;
  for (const auto& member : members_) {
    if (member.role != Role::shared || member.state != State::ready) continue;
    ++ready;
    const auto& connection = member.connection;
    if (!least || connection->in_flight() < least->in_flight()) least = connection;
  }
  if (least && least->in_flight() >= busy && ready + connecting_shared_ < shared_max) {
    open(Role::shared);
  }
  return least;
}

void PostgresqlPool::open_needed() {
  if (closed_ || retrying_) return;
  const bool has_shared = std::any_of(members_.begin(), members_.end(), [](const Member& member) {
    return member.role == Role::shared && member.state == State::ready;
  });
  const auto most = std::max(1U, config_->options.pool_size);
  if (!outbox_.empty() && !has_shared && connecting_shared_ == 0) {
    // Those set aside are many only while the database is slow; more connections would not help.
    if (count(Role::shared) < shared_max + most) open(Role::shared);
  }
  while (connecting_leased_ < waiters_.size() && count(Role::leased) + connecting_leased_ < most) {
    open(Role::leased);
  }
}

void PostgresqlPool::open(Role role) {
  ++(role == Role::shared ? connecting_shared_ : connecting_leased_);
  base::Loop::current().spawn(connect(role));
}

Task<void> PostgresqlPool::connect(Role role) {
  const auto self = shared_from_this();
  ConnectionHandle handle;
  std::exception_ptr error;
  try {
    handle = co_await config_->workers.run([config = config_.get()] { return config->connect(); });
  } catch (...) {
    error = std::current_exception();
  }
  --(role == Role::shared ? connecting_shared_ : connecting_leased_);
  if (closed_) co_return;
  if (error) {
    not_connected(std::move(error));
  } else {
    connected(role, std::move(handle));
  }
}

void PostgresqlPool::connected(Role role, ConnectionHandle handle) {
  if (std::exchange(outage_since_ms_, 0) != 0) {
    base::log(base::Level::info, "connected to PostgreSQL again");
  }
  auto connection = std::make_shared<PostgresqlConnection>(std::move(handle), config_);
  connection->set_owner(this);
  members_.push_back({connection, role, State::ready});
  connection->flush();  // begins to listen
  tick_later();
  if (!outbox_.empty()) flush_later();
  hand_out();
}

void PostgresqlPool::not_connected(std::exception_ptr error) {
  const auto now = base::monotonic_ms();
  if (outage_since_ms_ == 0) {
    outage_since_ms_ = now;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& failure) {
      base::log(base::Level::error, failure.what());
    }
  }
  if (now - outage_since_ms_ >= patience_ms) fail_waiting(error);
  if (std::exchange(retrying_, true)) return;
  retry_timer_.expires_after(retry_pause);
  retry_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (!self) return;
    self->retrying_ = false;
    if (!cancelled) self->open_needed();
  });
}

}  // namespace plinth::db

// How statements find a connection: the outbox of those that only read, and the queue of those that
// want one to themselves. postgresql_watch.cpp has the clock, postgresql_open.cpp the connecting.
#include "db/postgresql_pool.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "db/postgresql_lease.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

using State = PostgresqlPool::Member::State;

namespace {

constexpr int attempts_max = 4;
constexpr std::size_t in_flight_max = 2048;  // of a shared connection
constexpr std::size_t bind_parameters_max = 65'535;

std::exception_ptr unavailable(const char* why) {
  return std::make_exception_ptr(Unavailable(why));
}

void check_parameters(const Work& work) {
  for (const Command& command : work.commands) {
    if (command.statement.parameters.size() <= bind_parameters_max) continue;
    throw ProgrammingError("a statement has " +
                           std::to_string(command.statement.parameters.size()) +
                           " parameters; PostgreSQL takes 65535: send it in parts");
  }
}

}  // namespace

// Who waits for a connection of their own.
struct PostgresqlPool::Waiter {
  std::shared_ptr<base::Arrival::Slot> slot;
  Handle granted;
  std::exception_ptr error;
};

// A waiter's end of the queue: leaves it, or gives back what it was granted, unless kept.
class PostgresqlPool::Place {
 public:
  Place(PostgresqlPool& pool, std::shared_ptr<Waiter> waiter)
      : pool_(pool), waiter_(std::move(waiter)) {
    pool_.waiters_.push_back(waiter_);
    pool_.config_->counts.waiting.add(1);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    pool_.config_->counts.waiting.add(-1);
    std::erase(pool_.waiters_, waiter_);
    if (waiter_->granted) pool_.take_back(waiter_->granted);
  }

 private:
  PostgresqlPool& pool_;
  std::shared_ptr<Waiter> waiter_;
};

PostgresqlPool::PostgresqlPool(std::shared_ptr<PostgresqlConfig> config)
    : config_(std::move(config)),
      tick_timer_(base::Loop::current().context()),
      retry_timer_(base::Loop::current().context()) {
  config_->counts.most.add(static_cast<std::int32_t>(std::max(1U, config_->options.pool_size)));
}

// ---- Statements that only read.

Task<void> PostgresqlPool::read(std::shared_ptr<Work> work) {
  if (work->commands.empty()) co_return;
  check_parameters(*work);
  if (is_slow(*work)) {
    co_await read_alone(std::move(work));
    co_return;
  }
  if (outbox_.size() + work->commands.size() > config_->options.queue_limit) {
    throw Unavailable("too many wait for the database");
  }
  const Waiting waiting(work);
  base::Arrival arrival;
  auto ticket = std::make_shared<Ticket>();
  ticket->work = work;
  ticket->slot = arrival.slot();
  ticket->left = work->commands.size();
  for (std::size_t i = 0; i < work->commands.size(); ++i) {
    outbox_.push_back({.ticket = ticket, .command = i});
  }
  flush_later();
  co_await arrival;
  if (ticket->error) std::rethrow_exception(std::move(ticket->error));
}

Task<void> PostgresqlPool::read_alone(std::shared_ptr<Work> work) {
  const auto began = base::monotonic_ms();
  auto connection = co_await acquire();
  co_await static_cast<PostgresqlLease&>(*connection).read(work);
  if (base::monotonic_ms() - began > 50) co_return;
  for (const Command& command : work->commands) slow_.erase(command.statement.sql);
}

bool PostgresqlPool::is_slow(const Work& work) const {
  if (slow_.empty()) return false;
  return std::any_of(work.commands.begin(), work.commands.end(), [this](const Command& command) {
    return slow_.contains(command.statement.sql);
  });
}

// Behind what this turn of the loop still has to do, so that its statements go out together.
void PostgresqlPool::flush_later() {
  if (closed_ || std::exchange(flushing_, true)) return;
  boost::asio::post(base::Loop::current().context(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->flush();
  });
}

void PostgresqlPool::flush() {
  flushing_ = false;
  while (!outbox_.empty()) {
    const auto to = pick_shared();
    if (!to) return open_needed();
    if (to->in_flight() >= in_flight_max || (config_->pgbouncer && !to->is_idle())) return;
    send_group(*to);
    tick_later();
  }
}

// Behind pgbouncer one Sync at a time: what follows an error and a Sync in one go may reach it
// while it changes servers, and is lost (github.com/pgbouncer/pgbouncer/issues/759).
void PostgresqlPool::send_group(PostgresqlConnection& to) {
  bool open_group = false;
  bool full = false;
  while (!outbox_.empty() && to.is_alive() && to.in_flight() < in_flight_max && !full) {
    const bool is_apart = outbox_.front().alone || !outbox_.front().get().statement.reads_only;
    if (config_->pgbouncer && is_apart && open_group) break;
    full = config_->pgbouncer && is_apart;
    Sent sent = std::move(outbox_.front());
    outbox_.pop_front();
    if (!sent.ticket->is_wanted()) {
      sent.ticket->end({});
      continue;
    }
    ++sent.attempts;
    const bool raw = !sent.get().statement.reads_only;
    if ((raw || sent.alone) && std::exchange(open_group, false)) to.sync();
    if (raw) {
      // Read-only, and undone: nextval(), SET and the like leave no trace on a shared connection.
      to.send_control("BEGIN READ ONLY");
      to.send(std::move(sent));
      to.sync();
      to.send_control("ROLLBACK");
      to.sync();
    } else if (sent.alone) {
      to.send(std::move(sent));
      to.sync();
    } else {
      to.send(std::move(sent));
      open_group = true;
    }
  }
  if (open_group) to.sync();
  to.flush();
}

void PostgresqlPool::ended(Sent sent, Outcome outcome, std::exception_ptr error) {
  const bool settled = outcome == Outcome::done || outcome == Outcome::failed;
  if (settled || !sent.ticket->is_wanted() || closed_ || sent.attempts >= attempts_max) {
    if (!error && outcome != Outcome::done) error = unavailable("the database was too busy");
    return sent.ticket->end(std::move(error));
  }
  sent.alone = true;
  outbox_.push_front(std::move(sent));
  flush_later();
}

void PostgresqlPool::became_idle(PostgresqlConnection& connection) {
  auto* member = find(connection);
  if (!member) return;
  if (connection.in_transaction()) {
    // Of a lease that ended in the middle.
    connection.send_control("ROLLBACK");
    connection.sync();
    return connection.flush();
  }
  if (member->state == State::cancelled) return member->connection->close();
  member->state = State::ready;
  if (!outbox_.empty()) flush_later();
  if (member->role == Role::leased) hand_out();
}

// ---- Connections of one's own.

Task<std::unique_ptr<Connection>> PostgresqlPool::acquire() {
  const auto self = shared_from_this();
  if (closed_) throw Unavailable("the engine is closing");
  auto connection = waiters_.empty() ? take_ready() : nullptr;
  if (!connection) {
    if (waiters_.size() >= config_->options.queue_limit) {
      throw Unavailable("too many wait for the database");
    }
    base::Arrival arrival;
    auto waiter = std::make_shared<Waiter>();
    waiter->slot = arrival.slot();
    const Place place(*this, waiter);
    boost::asio::steady_timer timer(base::Loop::current().context(),
                                    std::chrono::seconds(config_->options.pool_timeout.count));
    timer.async_wait([slot = arrival.slot()](boost::system::error_code error) {
      if (!error) slot->arrive();
    });
    hand_out();
    open_needed();
    co_await arrival;
    if (waiter->error) std::rethrow_exception(waiter->error);
    if (!waiter->granted) throw Unavailable("the database was busy for too long");
    connection = std::move(waiter->granted);
  }
  config_->counts.leased();
  co_return std::make_unique<PostgresqlLease>(self, std::move(connection));
}

// An idle connection may have ended while nobody looked.
PostgresqlPool::Handle PostgresqlPool::take_ready() {
  for (std::size_t i = members_.size(); i > 0; --i) {
    auto& member = members_[i - 1];
    if (member.role != Role::leased || member.state != State::ready) continue;
    const auto connection = member.connection;
    if (!connection->is_usable()) {
      connection->close();
      i = members_.size() + 1;  // its loss took it out of the list
      continue;
    }
    member.state = State::leased;
    return connection;
  }
  return nullptr;
}

void PostgresqlPool::hand_out() {
  while (!waiters_.empty()) {
    auto connection = take_ready();
    if (!connection) return;
    const auto waiter = std::move(waiters_.front());
    waiters_.pop_front();
    waiter->granted = std::move(connection);
    // Not now: who gives back is still at work.
    base::Loop::current().post([slot = waiter->slot] { slot->arrive(); });
  }
}

void PostgresqlPool::end_lease(std::shared_ptr<PostgresqlConnection> connection) {
  config_->counts.given_back();
  take_back(connection);
}

void PostgresqlPool::take_back(const Handle& connection) {
  auto* member = find(*connection);
  if (!member) return;
  if (!connection->is_alive()) return lost(*connection);  // only its lease had heard of that
  member->connection->set_owner(this);
  member->state = State::aside;
  if (connection->is_idle()) became_idle(*connection);
  tick_later();
}

// ---- The end.

void PostgresqlPool::fail_waiting(const std::exception_ptr& error) {
  for (auto& sent : std::exchange(outbox_, {})) sent.ticket->end(error);
  for (auto& waiter : std::exchange(waiters_, {})) {
    waiter->error = error;
    waiter->slot->arrive();
  }
}

void PostgresqlPool::lost(PostgresqlConnection& connection) {
  remove(connection);
  if (closed_) return;
  if (!outbox_.empty()) flush_later();
  if (!waiters_.empty()) open_needed();
}

void PostgresqlPool::close() {
  if (std::exchange(closed_, true)) return;
  config_->counts.most.add(-static_cast<std::int32_t>(std::max(1U, config_->options.pool_size)));
  tick_timer_.cancel();
  retry_timer_.cancel();
  for (auto& member : std::exchange(members_, {})) member.connection->close();
  fail_waiting(unavailable("the engine is closing"));
}

PostgresqlPool::Member* PostgresqlPool::find(const PostgresqlConnection& connection) {
  for (auto& member : members_) {
    if (member.connection.get() == &connection) return &member;
  }
  return nullptr;
}

void PostgresqlPool::remove(const PostgresqlConnection& connection) {
  std::erase_if(members_,
                [&](const Member& member) { return member.connection.get() == &connection; });
}

}  // namespace plinth::db

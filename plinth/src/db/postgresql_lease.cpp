#include "db/postgresql_lease.hpp"

#include <algorithm>
#include <utility>

#include "plinth/session.hpp"

namespace plinth::db {

namespace {

// Commands that may go out together: all, but a COMMIT must not before it is known that the rows
// that had to change did. Outside of a transaction each statement is its own.
std::size_t end_of_exchange(const Work& work, std::size_t begin, bool autocommit) {
  if (autocommit) return begin + 1;
  bool expects = false;
  for (std::size_t i = begin; i < work.commands.size(); ++i) {
    const Command& command = work.commands[i];
    if (command.kind == Command::Kind::commit && expects) return i;
    expects = expects || command.expects_one;
  }
  return work.commands.size();
}

void check_rows(const Work& work, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    const Command& command = work.commands[i];
    if (!command.expects_one || command.rowcount == 1) continue;
    throw StaleDataError("expected to change 1 row, but " + std::to_string(command.rowcount) +
                         " were there; in: " + command.statement.sql);
  }
}

}  // namespace

PostgresqlLease::PostgresqlLease(std::shared_ptr<PostgresqlPool> pool,
                                 std::shared_ptr<PostgresqlConnection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {
  connection_->set_owner(this);
}

PostgresqlLease::~PostgresqlLease() {
  connection_->set_owner(nullptr);
  pool_->end_lease(std::move(connection_));
}

bool PostgresqlLease::in_transaction() const { return connection_->in_transaction(); }

std::shared_ptr<Ticket> PostgresqlLease::begin_exchange(std::shared_ptr<Work> work,
                                                        std::size_t commands) {
  if (!connection_->is_alive()) {
    throw Unavailable("the connection of this transaction was lost, and with it the transaction");
  }
  auto ticket = std::make_shared<Ticket>();
  ticket->work = std::move(work);
  ticket->left = commands;
  return ticket;
}

// A Sync, and the wait for all that was sent.
Task<void> PostgresqlLease::exchange() {
  base::Arrival arrival;
  idle_ = arrival.slot();
  connection_->sync();
  connection_->flush();
  pool_->watch();
  if (connection_->is_alive() && !connection_->is_idle()) co_await arrival;
  idle_ = nullptr;
}

Task<void> PostgresqlLease::run(std::shared_ptr<Work> work) {
  const Waiting waiting(work);
  const bool autocommit = !in_transaction() && !work->commands.empty() &&
                          work->commands.front().kind != Command::Kind::begin;
  std::exception_ptr error;
  for (std::size_t next = 0; next < work->commands.size() && !error;) {
    const auto end = end_of_exchange(*work, next, autocommit);
    const auto ticket = begin_exchange(work, end - next);
    for (std::size_t i = next; i < end; ++i) connection_->send({.ticket = ticket, .command = i});
    co_await exchange();
    error = ticket->error;
    try {
      if (!error) check_rows(*work, next, end);
    } catch (const StaleDataError&) {
      error = std::current_exception();
    }
    next = end;
  }
  if (!error) co_return;
  co_await undo(work->savepoint);
  std::rethrow_exception(std::move(error));
}

Task<void> PostgresqlLease::undo(int savepoint) {
  if (!in_transaction()) co_return;
  connection_->send_control(savepoint > 0 ? rollback_to_sql(savepoint).c_str() : "ROLLBACK");
  co_await exchange();
}

Task<void> PostgresqlLease::read(std::shared_ptr<Work> work) {
  const Waiting waiting(work);
  const auto ticket = begin_exchange(work, work->commands.size());
  connection_->send_control("BEGIN READ ONLY");
  for (std::size_t i = 0; i < work->commands.size(); ++i) {
    connection_->send({.ticket = ticket, .command = i});
  }
  connection_->sync();
  connection_->send_control("ROLLBACK");
  co_await exchange();
  if (ticket->error) std::rethrow_exception(std::move(ticket->error));
}

void PostgresqlLease::ended(Sent sent, Outcome outcome, std::exception_ptr error) {
  if (outcome == Outcome::again && !error)
    error = std::make_exception_ptr(Unavailable("try again"));
  sent.ticket->end(std::move(error));
}

void PostgresqlLease::became_idle(PostgresqlConnection&) {
  if (const auto slot = std::exchange(idle_, nullptr)) slot->arrive();
}

void PostgresqlLease::lost(PostgresqlConnection&) {
  if (const auto slot = std::exchange(idle_, nullptr)) slot->arrive();
}

}  // namespace plinth::db

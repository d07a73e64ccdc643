// A PostgreSQL connection while a transaction has it.
#pragma once

#include <memory>

#include "db/postgresql_pool.hpp"

namespace plinth::db {

class PostgresqlLease final : public Connection, public PostgresqlConnection::Owner {
 public:
  PostgresqlLease(std::shared_ptr<PostgresqlPool> pool,
                  std::shared_ptr<PostgresqlConnection> connection);
  PostgresqlLease(const PostgresqlLease&) = delete;
  PostgresqlLease& operator=(const PostgresqlLease&) = delete;
  ~PostgresqlLease() override;

  Task<void> run(std::shared_ptr<Work> work) override;
  bool in_transaction() const override;
  /// Outside of a transaction, as PostgresqlPool::read.
  Task<void> read(std::shared_ptr<Work> work);

  void ended(Sent sent, Outcome outcome, std::exception_ptr error) override;
  void became_idle(PostgresqlConnection& connection) override;
  void lost(PostgresqlConnection& connection) override;

 private:
  std::shared_ptr<Ticket> begin_exchange(std::shared_ptr<Work> work, std::size_t commands);
  Task<void> exchange();
  Task<void> undo(int savepoint);

  std::shared_ptr<PostgresqlPool> pool_;
  std::shared_ptr<PostgresqlConnection> connection_;
  std::shared_ptr<base::Arrival::Slot> idle_;  // woken when nothing is in flight
};

}  // namespace plinth::db

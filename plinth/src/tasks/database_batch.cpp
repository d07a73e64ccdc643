#include "tasks/database_batch.hpp"

#include "db/statement_watch.hpp"

namespace plinth::tasks {

Task<void> Batch::run() {
  work_->commands.push_back(db::control(db::Command::Kind::commit));
  const db::StatementWatch watch(*work_, driver_.dialect());
  const auto connection = co_await driver_.acquire();
  co_await connection->run(work_);
}

std::string is_one_of(db::Dialect dialect, std::string_view column) {
  return std::string(column) + (dialect == db::Dialect::postgresql
                                    ? " = ANY(?)"
                                    : " IN (SELECT value FROM json_each(?))");
}

std::string_view skip_locked(db::Dialect dialect) {
  return dialect == db::Dialect::postgresql ? " FOR UPDATE SKIP LOCKED" : "";
}

}  // namespace plinth::tasks

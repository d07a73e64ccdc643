#include "db/driver.hpp"

#include <utility>

namespace plinth::db {

Command control(Command::Kind kind, std::string sql) {
  Command command;
  command.kind = kind;
  command.statement.sql = std::move(sql);
  return command;
}

std::string savepoint_sql(int depth) { return "SAVEPOINT sp_" + std::to_string(depth); }
std::string rollback_to_sql(int depth) {
  return "ROLLBACK TO SAVEPOINT sp_" + std::to_string(depth);
}
std::string release_sql(int depth) { return "RELEASE SAVEPOINT sp_" + std::to_string(depth); }

}  // namespace plinth::db

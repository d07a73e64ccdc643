#include "migrate/statements.hpp"

namespace plinth::migrate {

using db::Command;

Command statement(std::string sql) {
  Command command;
  command.statement.sql = std::move(sql);
  return command;
}

Command query(std::string sql) {
  auto command = statement(std::move(sql));
  command.sink = std::make_unique<db::ValueRows>();
  return command;
}

std::vector<std::vector<db::Value>>& rows_of(db::Work& work, std::size_t index) {
  return static_cast<db::ValueRows&>(*work.commands[index].sink).rows;
}

bool is_true(db::Work& work, std::size_t index) {
  const auto& value = rows_of(work, index).at(0).at(0);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  return std::get<std::int64_t>(value) != 0;
}

Task<void> run_all(db::Connection& connection, std::vector<std::string> statements) {
  if (statements.empty()) co_return;
  auto work = std::make_shared<db::Work>();
  for (auto& sql : statements) work->commands.push_back(statement(std::move(sql)));
  co_await connection.run(work);
}

}  // namespace plinth::migrate

// Objects of a session: their INSERT, UPDATE and DELETE, and what these give back.
#include <algorithm>
#include <utility>

#include "db/session_state.hpp"
#include "db/value.hpp"

namespace plinth {

namespace db {

namespace {

// The row that the object was read from; 0 when it is new.
Origin row_of(const Table& table, const void* object) {
  Origin row = 0;
  for (const Column& column : table.columns) {
    if (!column.rules.primary_key) continue;
    const Origin origin = origin_of(column, object);
    if (origin < first_row || (row != 0 && row != origin)) return 0;
    row = origin;
  }
  return row;
}

Fragment key_condition(const Table& table, const void* object) {
  Fragment condition;
  for (const Column& column : table.columns) {
    if (!column.rules.primary_key) continue;
    if (origin_of(column, object) == absent) {
      throw ProgrammingError(std::string(table.name) + "." + std::string(column.name) +
                             " is not known; flush the object first");
    }
    append(condition, " AND ",
           joined(column_fragment(table.name, column.name), " = ",
                  parameter_fragment(value_of(table, column, object))));
  }
  if (condition.empty()) {
    throw ProgrammingError("the table " + std::string(table.name) + " has no primary key");
  }
  return condition;
}

Command insert_command(SessionState::Added& added, Dialect dialect) {
  Query query{.kind = Query::Kind::insert, .table = added.table};
  query.values.push_back(given_values(*added.table, added.object));
  for (const Column& column : added.table->columns) {
    if (origin_of(column, added.object) != absent) continue;
    query.columns.push_back(column_fragment(added.table->name, column.name));
    added.returned.push_back(cell_of(*added.table, column));
  }
  Command command;
  command.statement = render(query, dialect);
  if (!added.returned.empty()) command.sink = std::make_unique<ValueRows>(added.returned);
  return command;
}

// Empty when nothing was changed.
std::optional<Command> update_command(const Table& table, const void* object, Origin row,
                                      Dialect dialect) {
  Query query{.kind = Query::Kind::update, .table = &table};
  auto& changed = query.values.emplace_back();
  for (const Column& column : table.columns) {
    if (origin_of(column, object) == row) continue;
    changed.push_back({column.name, parameter_fragment(value_of(table, column, object))});
  }
  if (changed.empty()) return std::nullopt;
  query.where = key_condition(table, object);
  Command command;
  command.statement = render(query, dialect);
  command.expects_one = true;
  return command;
}

}  // namespace

// One command for each of `flushing`, in order; what has nothing to write leaves it.
std::shared_ptr<Work> SessionState::flush_work() {
  flushing = std::exchange(added, {});
  auto work = std::make_shared<Work>();
  std::vector<Added> written;
  for (Added& one : flushing) {
    if (one.query) {
      work->commands.emplace_back().statement = render(*one.query, driver.dialect());
    } else if (const Origin row = row_of(*one.table, one.object)) {
      auto command = update_command(*one.table, one.object, row, driver.dialect());
      if (!command) continue;
      work->commands.push_back(std::move(*command));
    } else {
      work->commands.push_back(insert_command(one, driver.dialect()));
    }
    written.push_back(std::move(one));
  }
  flushing = std::move(written);
  return work;
}

void SessionState::add_query(Query query) {
  added.push_back({.table = nullptr,
                   .object = nullptr,
                   .owner = nullptr,
                   .returned = {},
                   .query = std::make_unique<Query>(std::move(query))});
}

void SessionState::fill_back(std::span<Command> commands) {
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const Added& one = flushing[i];
    if (one.query) continue;
    if (commands[i].sink) {
      auto& returned = static_cast<ValueRows&>(*commands[i].sink);
      if (returned.rows.empty()) continue;  // a trigger or a rule kept the row out
      assign_row(one.returned, returned.rows.front(), one.object);
    }
    mark_as_read(*one.table, one.object);
  }
  flushing.clear();
}

}  // namespace db

void Session::enlist(const db::Table& table, void* object, std::shared_ptr<void> owner) {
  auto& added = state_->added;
  auto is_it = [&](const auto& one) { return one.object == object; };
  if (std::any_of(added.begin(), added.end(), is_it)) return;
  added.push_back({.table = &table, .object = object, .owner = std::move(owner), .returned = {}});
}

db::Query Session::by_key(const db::Table& table, std::vector<db::Value> key) {
  db::Query query{.kind = db::Query::Kind::select, .table = &table};
  query.add_columns(table);
  std::size_t next = 0;
  for (const db::Column& column : table.columns) {
    if (!column.rules.primary_key) continue;
    if (next < key.size()) {
      query.add_where(db::joined(db::column_fragment(table.name, column.name), " = ",
                                 db::parameter_fragment(std::move(key[next]))));
    }
    ++next;
  }
  if (next != key.size()) {
    throw ProgrammingError("the primary key of " + std::string(table.name) + " has " +
                           std::to_string(next) + " columns, but get() was given " +
                           std::to_string(key.size()) + " values");
  }
  return query;
}

db::Query Session::by_key_of(const db::Table& table, const void* object) {
  db::Query query{.kind = db::Query::Kind::select, .table = &table};
  query.add_columns(table);
  query.where = db::key_condition(table, object);
  return query;
}

Task<void> Session::remove(const db::Table& table, void* object) {
  db::Query query{.kind = db::Query::Kind::delete_, .table = &table};
  query.where = db::key_condition(table, object);
  auto work = std::make_shared<db::Work>();
  auto& command = work->commands.emplace_back();
  command.statement = db::render(query, state_->driver.dialect());
  command.expects_one = true;
  co_await state_->run(work, true);
}

}  // namespace plinth

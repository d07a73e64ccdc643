#include "db/postgresql_errors.hpp"

#include <new>

#include "plinth/session.hpp"

namespace plinth::db {

namespace {

using Violated = IntegrityError::Kind;

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text ? text : "";
}

Violated kind_of(std::string_view state) {
  if (state == "23505") return Violated::unique;
  if (state == "23503") return Violated::foreign_key;
  if (state == "23502") return Violated::not_null;
  if (state == "23514") return Violated::check;
  return Violated::other;
}

// DETAIL of a unique violation: Key (team_id, name)=(1, x) already exists. Of an index on an
// expression it names no column.
std::vector<std::string> key_columns(std::string_view detail) {
  constexpr std::string_view opening = "Key (";
  std::vector<std::string> columns;
  const auto end = detail.find(")=(");
  if (!detail.starts_with(opening) || end == std::string_view::npos) return columns;
  auto list = detail.substr(opening.size(), end - opening.size());
  if (list.find('(') != std::string_view::npos) return columns;
  while (!list.empty()) {
    const auto comma = list.find(", ");
    auto one = list.substr(0, comma);
    if (one.size() >= 2 && one.front() == '"' && one.back() == '"') {
      one = one.substr(1, one.size() - 2);
    }
    columns.emplace_back(one);
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 2);
  }
  return columns;
}

IntegrityError integrity_error(const PGresult* result, std::string_view state,
                               const std::string& message) {
  IntegrityError error(kind_of(state), message);
  error.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
  error.table = field(result, PG_DIAG_TABLE_NAME);
  if (error.kind == Violated::not_null) {
    error.columns.push_back(field(result, PG_DIAG_COLUMN_NAME));
  } else if (error.kind == Violated::unique) {
    error.columns = key_columns(field(result, PG_DIAG_MESSAGE_DETAIL));
  }
  return error;
}

// "relation \"user\" does not exist; in: SELECT … (at character 15)"
std::string with_sql(const PGresult* result, const std::string& message, std::string_view sql) {
  auto text = message;
  if (const auto hint = field(result, PG_DIAG_MESSAGE_HINT); !hint.empty()) text += "; " + hint;
  if (!sql.empty()) text += "; in: " + std::string(sql);
  if (const auto at = field(result, PG_DIAG_STATEMENT_POSITION); !at.empty()) {
    text += " (at character " + at + ")";
  }
  return text;
}

template <class Error>
std::exception_ptr made(Error error) {
  return std::make_exception_ptr(std::move(error));
}

std::exception_ptr exception_of(const PGresult* result, std::string_view state,
                                const std::string& message, std::string_view sql) {
  const auto group = state.substr(0, 2);
  if (group == "23") return made(integrity_error(result, state, message));
  if (group == "22") return made(DataError(with_sql(result, message, sql)));
  if (state == "57014") {
    const std::string what(sql);
    return made(Unavailable("a statement took longer than its limit: " + what));
  }
  // Deadlocks and the like, no room, no memory, shutting down, a lock that was not to be waited
  // for: the same request may succeed later.
  if (group == "40" || group == "53" || group == "57" || group == "08" || state == "55P03" ||
      state == "25P03") {
    return made(Unavailable("PostgreSQL: " + message));
  }
  if (group == "42" || group == "25" || group == "26" || group == "0A" || group == "34" ||
      group == "2B" || group == "54") {
    auto text = with_sql(result, message, sql);
    if (state == "42P01" && message.starts_with("relation "))
      text += "; is the database migrated? app migrate upgrade head";
    return made(ProgrammingError(text));
  }
  if (group == "58" || group == "XX" || group == "F0") return made(OperationalError(message));
  return made(DatabaseError(with_sql(result, message, sql)));
}

}  // namespace

PostgresqlError error_of(const PGresult* result, std::string_view sql) {
  const auto state = field(result, PG_DIAG_SQLSTATE);
  auto message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) {
    message = PQresultErrorMessage(result);
    while (message.ends_with('\n')) message.pop_back();
  }
  if (state.empty()) return {made(Unavailable("PostgreSQL: " + message))};
  PostgresqlError error{exception_of(result, state, message, sql)};
  if (state == "26000" || (state == "0A000" && message.starts_with("cached plan"))) {
    error.error = made(Unavailable("a prepared statement was out of date: " + message));
    error.remedy = Remedy::prepare_again;
  } else if (state == "57014") {
    error.remedy = Remedy::again;
  } else if (state == "25006") {
    error.remedy = Remedy::transaction;
  }
  return error;
}

std::string why_not_connected(const PGconn* connection) {
  std::string message = PQerrorMessage(connection);
  while (message.ends_with('\n')) message.pop_back();
  std::string line;
  for (char c : message) {
    if (c == '\n') {
      line += "; ";
    } else if (c != '\t') {
      line += c;
    }
  }
  return line.empty() ? "the connection has ended" : line;
}

}  // namespace plinth::db

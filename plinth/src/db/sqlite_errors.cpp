#include "db/sqlite_errors.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <new>

#include "plinth/session.hpp"

namespace plinth::db {

namespace {

using Violated = IntegrityError::Kind;

Violated kind_of(int status) {
  switch (status) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Violated::unique;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Violated::foreign_key;
    case SQLITE_CONSTRAINT_NOTNULL:
      return Violated::not_null;
    case SQLITE_CONSTRAINT_CHECK:
      return Violated::check;
    default:
      return Violated::other;
  }
}

// "UNIQUE constraint failed: users.email, users.name", "UNIQUE constraint failed: index
// 'uq_users_email_lower'", "CHECK constraint failed: ck_price". Source: sqlite.org, vdbe.c and
// build.c of 3.40.
IntegrityError integrity_error(int status, const std::string& message) {
  IntegrityError error(kind_of(status), message);
  const auto colon = message.find(": ");
  if (colon == std::string::npos) return error;
  std::string_view what = std::string_view(message).substr(colon + 2);
  if (error.kind == Violated::check) {
    error.constraint = what;
    return error;
  }
  if (what.starts_with("index '")) {
    error.constraint = what.substr(7, what.size() - 8);
    return error;
  }
  while (!what.empty()) {
    const auto comma = what.find(", ");
    const auto one = what.substr(0, comma);
    const auto dot = one.find('.');
    if (dot != std::string_view::npos) {
      error.table = one.substr(0, dot);
      error.columns.emplace_back(one.substr(dot + 1));
    }
    if (comma == std::string_view::npos) break;
    what.remove_prefix(comma + 2);
  }
  return error;
}

std::string why_not_opened(const std::string& path) {
  std::error_code ignored;
  const auto folder = std::filesystem::path(path).parent_path();
  if (std::filesystem::is_directory(path, ignored)) return "it is a directory";
  if (!std::filesystem::exists(folder, ignored)) {
    return "there is no directory " + folder.string() + "; make it first";
  }
  return "check the permissions of it and its directory";
}

}  // namespace

void throw_sqlite_error(sqlite3* db, int status, const std::string& path, std::string_view sql) {
  const std::string message = db ? sqlite3_errmsg(db) : sqlite3_errstr(status);
  const auto in = sql.empty() ? std::string() : "; in: " + std::string(sql);
  switch (status & 0xff) {
    case SQLITE_CONSTRAINT:
      throw integrity_error(status, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Unavailable("another process has locked the database " + path);
    case SQLITE_FULL:
      throw Unavailable("no space left for the database " + path);
    case SQLITE_INTERRUPT:
      throw OperationalError("interrupted" + in);
    case SQLITE_CANTOPEN:
      throw OperationalError("cannot open the database " + path + ": " + why_not_opened(path));
    case SQLITE_NOTADB:
      throw OperationalError(path + " is not an SQLite database");
    case SQLITE_CORRUPT:
      throw OperationalError("the database " + path + " is damaged (" + message +
                             "); restore it from a backup, or see sqlite.org/recovery.html");
    case SQLITE_READONLY:
      throw OperationalError("the database " + path + " is read-only");
    case SQLITE_IOERR:
      throw OperationalError("cannot read or write the database " + path + ": " + message);
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    case SQLITE_TOOBIG:
      throw DataError("a value is larger than SQLite's limit");
    case SQLITE_MISMATCH:
      throw DataError("a value is not of its column's type" + in);
    case SQLITE_AUTH:
      throw ProgrammingError(
          "transactions, ATTACH and PRAGMA are the engine's business: use the session's begin, "
          "commit, rollback and begin_nested" +
          in);
    default:
      if (message.starts_with("no such table: ")) {
        throw ProgrammingError(message + in +
                               "; is the database migrated? app migrate upgrade head");
      }
      throw ProgrammingError(message + in);
  }
}

}  // namespace plinth::db

// The database of one test: fresh, and gone after it. PLINTH_TEST_ENGINE says where it is: sqlite
// (as without it), postgresql, or pgbouncer, which is PostgreSQL behind pgbouncer in transaction
// mode. scripts/test starts the servers.
//
//   const TestDatabase database;
//   Engine engine(database.url());
#pragma once

#include <string>
#include <vector>

namespace support {

bool on_postgresql();
/// PostgreSQL behind pgbouncer, where a session of the server is not the client's own.
bool on_pgbouncer();

/// What differs between the engines, side by side in the test.
template <class Value>
Value by_engine(Value on_sqlite, Value on_a_postgresql) {
  return on_postgresql() ? on_a_postgresql : on_sqlite;
}

enum class Place : unsigned char {
  memory,  // SQLite: private to its Engine; PostgreSQL knows no difference
  disk,    // for several engines or processes
};

class TestDatabase {
 public:
  explicit TestDatabase(Place place = Place::memory);
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  ~TestDatabase();

  /// For an Engine. Must outlive it.
  const std::string& url() const { return url_; }
  /// PostgreSQL's own address, also where url() is pgbouncer's; for query_postgresql.
  const std::string& direct_url() const { return direct_url_; }

 private:
  std::string url_;
  std::string direct_url_;
  std::string name_;    // PostgreSQL
  std::string folder_;  // SQLite on disk
};

using Rows = std::vector<std::vector<std::string>>;

/// Asks PostgreSQL by a connection of its own, past the library under test; NULL is "". Throws
/// std::runtime_error with the server's words.
Rows query_postgresql(const std::string& url, const std::string& sql);

/// What the tables of this database are, a line each column, constraint and index, in order.
std::vector<std::string> schema_of_postgresql(const std::string& url);

/// Until no other connection to this database is left: a killed client's last statement may still
/// run for a moment. Throws std::runtime_error after half a minute.
void wait_until_alone(const std::string& url);

/// The same url with another database.
std::string with_database(const std::string& url, const std::string& database);

}  // namespace support

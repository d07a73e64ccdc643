// One connection to an SQLite database: opened, configured, with its statements cached. Blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/driver.hpp"
#include "db/sqlite_cache.hpp"

namespace plinth::db {

struct SqliteOptions {
  std::string path;  // absolute, or ":memory:"
  int busy_timeout_ms = 5000;
  std::int64_t statement_timeout_ms = 0;  // 0: none
};

/// Used by one thread at a time.
class SqliteConnection {
 public:
  enum class Role : std::uint8_t { reader, writer };

  /// Throws OperationalError, saying what is wrong with the file.
  SqliteConnection(const SqliteOptions& options, Role role);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection();

  /// See Connection::run and Driver::run.
  void run(Work& work);
  bool in_transaction() const;
  /// Ends a transaction in any case; false when the connection is of no more use.
  bool rollback() noexcept;

 private:
  void configure(Role role);
  void pragma(const char* sql);
  PreparedStatement prepare(std::string_view sql);
  void control(const std::string& sql);
  bool perform(Command& command);
  bool execute(Command& command);
  void bind_all(sqlite3_stmt* statement, const Statement& to);
  void start_clock();
  void fetch(sqlite3_stmt* statement, Command& command);
  void fetch_next(Command& command);
  std::span<const Cell> begin_rows(sqlite3_stmt* statement, RowSink& sink) const;
  void add_row(sqlite3_stmt* statement, std::span<const Cell> cells, RowSink& sink);
  void undo(const Work& work) noexcept;
  void enforce_foreign_keys(bool enforce);
  int progress();
  static int authorize(void* self, int action, const char* first, const char* second, const char*,
                       const char*);
  [[noreturn]] void fail(int status, std::string_view sql);

  // Its parameters stay where they are as long as it is open.
  struct Cursor {
    Statement text;
    PreparedStatement statement;
  };

  SqliteOptions options_;
  Role role_;
  sqlite3* db_ = nullptr;
  StatementCache statements_{128};
  StatementCache controls_{16};  // BEGIN, COMMIT, …; what raw SQL must not find in the cache
  std::map<unsigned, Cursor> cursors_;
  std::vector<Value> row_;
  const Work* running_ = nullptr;
  std::chrono::steady_clock::time_point deadline_;  // of the statement that runs
  bool timed_out_ = false;
  bool foreign_keys_ = true;
  bool trusted_ = true;  // this is our own SQL, not the user's
};

}  // namespace plinth::db

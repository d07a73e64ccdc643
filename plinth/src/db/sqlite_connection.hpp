// One connection to an SQLite database: opened, configured, with its statements cached. Blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

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
  bool execute(Command& command);
  void fetch(sqlite3_stmt* statement, Command& command);
  void undo(const Work& work) noexcept;
  int progress();
  static int authorize(void* self, int action, const char* first, const char* second, const char*,
                       const char*);
  [[noreturn]] void fail(int status, std::string_view sql);

  SqliteOptions options_;
  sqlite3* db_ = nullptr;
  StatementCache statements_{128};
  StatementCache controls_{16};  // BEGIN, COMMIT, …; what raw SQL must not find in the cache
  const Work* running_ = nullptr;
  std::chrono::steady_clock::time_point deadline_;  // of the statement that runs
  bool timed_out_ = false;
  bool trusted_ = true;  // this is our own SQL, not the user's
};

}  // namespace plinth::db

// One connection to an SQLite database: opened, configured, with its statements cached. Blocks.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "db/driver.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace plinth::db {

struct SqliteOptions {
  std::string path;  // absolute, or ":memory:"
  int busy_timeout_ms = 5000;
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
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;
  struct Cached {
    std::string sql;
    Prepared statement;
  };

  void configure(Role role);
  void pragma(const char* sql);
  sqlite3_stmt* prepared(const std::string& sql);
  Prepared prepare(std::string_view sql);
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
  std::list<Cached> cache_;  // the last used first
  std::unordered_map<std::string_view, std::list<Cached>::iterator> by_sql_;
  const Work* running_ = nullptr;
  bool trusted_ = true;  // this is our own SQL, not the user's
};

}  // namespace plinth::db

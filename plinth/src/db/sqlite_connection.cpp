#include "db/sqlite_connection.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "base/monotonic.hpp"
#include "db/sqlite_errors.hpp"
#include "db/sqlite_values.hpp"
#include "db/value.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

namespace {

// About a millisecond of SQLite's virtual machine; then it looks whether anybody still waits.
constexpr int operations_between_looks = 20'000;

// Resets a statement when its rows are no longer wanted, which also ends its view of the database.
class Running {
 public:
  explicit Running(sqlite3_stmt* statement) : statement_(statement) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

class Timed {
 public:
  explicit Timed(Command& command) : times_(command.times) {
    times_.start(base::monotonic_microseconds());
  }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  ~Timed() { times_.end(base::monotonic_microseconds()); }

 private:
  StatementTimes& times_;
};

bool is_introspection(std::string_view pragma) {
  constexpr std::array names{"foreign_key_check", "foreign_key_list", "index_info",  "index_list",
                             "index_xinfo",       "integrity_check",  "quick_check", "table_info",
                             "table_list",        "table_xinfo"};
  return std::find(names.begin(), names.end(), pragma) != names.end();
}

}  // namespace

SqliteConnection::SqliteConnection(const SqliteOptions& options, Role role)
    : options_(options), role_(role) {
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int status = sqlite3_open_v2(options_.path.c_str(), &db_, flags, nullptr);
  try {
    if (status != SQLITE_OK) fail(status, {});
    configure(role);
  } catch (...) {
    sqlite3_close_v2(db_);
    throw;
  }
}

SqliteConnection::~SqliteConnection() {
  cursors_.clear();
  statements_.clear();
  controls_.clear();
  sqlite3_close_v2(db_);
}

void SqliteConnection::configure(Role role) {
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_timeout(db_, options_.busy_timeout_ms);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  // FULL: a commit survives loss of power too. WAL alone would survive kill -9.
  pragma("PRAGMA synchronous = FULL");
  pragma("PRAGMA foreign_keys = ON");
  // As PostgreSQL: LIKE heeds letter case; ilike() lowers both sides.
  pragma("PRAGMA case_sensitive_like = ON");
  if (options_.path != ":memory:") {
    // Two processes that change to WAL at the same moment: the busy handler is not asked.
    for (int tries = 0;; ++tries) {
      try {
        pragma("PRAGMA journal_mode = WAL");
        break;
      } catch (const Unavailable&) {
        if (tries == options_.busy_timeout_ms / 10) throw;
        ::usleep(10'000);
      } catch (const OperationalError&) {
        if (role == Role::writer) throw;
        break;  // a read-only file can still be read
      }
    }
    if (role == Role::reader) pragma("PRAGMA query_only = ON");
  }
  sqlite3_set_authorizer(db_, &SqliteConnection::authorize, this);
  sqlite3_progress_handler(
      db_, operations_between_looks,
      [](void* self) { return static_cast<SqliteConnection*>(self)->progress(); }, this);
  trusted_ = false;
}

void SqliteConnection::pragma(const char* sql) {
  const auto statement = prepare(sql);
  int status = sqlite3_step(statement.get());
  while (status == SQLITE_ROW) status = sqlite3_step(statement.get());
  if (status != SQLITE_DONE) fail(status, sql);
}

int SqliteConnection::progress() {
  if (!running_) return 0;
  if (running_->abandoned.load(std::memory_order_relaxed)) return 1;
  timed_out_ = options_.statement_timeout_ms > 0 && std::chrono::steady_clock::now() > deadline_;
  return timed_out_ ? 1 : 0;
}

// Transactions, and settings of the connection, are the engine's business; raw SQL must not change
// them behind its back.
int SqliteConnection::authorize(void* self, int action, const char* first, const char* second,
                                const char*, const char*) {
  if (static_cast<SqliteConnection*>(self)->trusted_) return SQLITE_OK;
  switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return SQLITE_DENY;
    case SQLITE_PRAGMA:
      return !second || is_introspection(first) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_OK;
  }
}

PreparedStatement SqliteConnection::prepare(std::string_view sql) {
  sqlite3_stmt* made = nullptr;
  const char* tail = nullptr;
  const int status = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &made, &tail);
  PreparedStatement statement(made);
  if (status != SQLITE_OK) fail(status, sql);
  if (!statement) throw ProgrammingError("empty SQL");
  const auto rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
  if (rest.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    throw ProgrammingError("one statement at a time: " + std::string(sql));
  }
  return statement;
}

void SqliteConnection::control(const std::string& sql) {
  trusted_ = true;
  struct Distrust {
    bool& trusted;
    ~Distrust() { trusted = false; }
  } distrust{trusted_};
  auto* statement = controls_.get(sql, [this](const std::string& text) { return prepare(text); });
  const Running running(statement);
  if (const int status = sqlite3_step(statement); status != SQLITE_DONE) fail(status, sql);
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

bool SqliteConnection::rollback() noexcept {
  const Work* before = std::exchange(running_, nullptr);
  cursors_.clear();
  try {
    if (in_transaction()) control("ROLLBACK");
    enforce_foreign_keys(true);
  } catch (...) {  // what is left to see is whether it has ended
  }
  running_ = before;
  return !in_transaction() && foreign_keys_;
}

// Without effect inside of a transaction. Not from the cache: the pragma acts when it is prepared.
void SqliteConnection::enforce_foreign_keys(bool enforce) {
  if (enforce == foreign_keys_) return;
  trusted_ = true;
  struct Distrust {
    bool& trusted;
    ~Distrust() { trusted = false; }
  } distrust{trusted_};
  pragma(enforce ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
  foreign_keys_ = enforce;
}

void SqliteConnection::undo(const Work& work) noexcept {
  if (work.savepoint == 0 || !in_transaction()) {
    rollback();
    return;
  }
  try {
    running_ = nullptr;
    control(rollback_to_sql(work.savepoint));
  } catch (...) {
    rollback();
  }
}

void SqliteConnection::run(Work& work) {
  running_ = &work;
  struct Done {
    const Work*& running;
    ~Done() { running = nullptr; }
  } done{running_};
  try {
    for (Command& command : work.commands) {
      const Timed timed(command);
      command.error = nullptr;  // of an earlier try
      try {
        if (perform(command)) continue;
      } catch (...) {
        command.error = std::current_exception();
        throw;
      }
      work.needs_transaction = true;
      return;
    }
  } catch (...) {
    undo(work);
    throw;
  }
}

// False: it was refused, since it would write.
bool SqliteConnection::perform(Command& command) {
  switch (command.kind) {
    case Command::Kind::begin:
      if (!command.foreign_keys) enforce_foreign_keys(false);
      control(role_ == Role::reader ? "BEGIN" : "BEGIN IMMEDIATE");
      break;
    case Command::Kind::commit:
      cursors_.clear();
      control("COMMIT");
      enforce_foreign_keys(true);
      break;
    case Command::Kind::rollback:
      rollback();
      break;
    case Command::Kind::savepoint:
      control(command.statement.sql);
      break;
    case Command::Kind::fetch:
      fetch_next(command);
      break;
    case Command::Kind::statement:
      return execute(command);
  }
  return true;
}

bool SqliteConnection::execute(Command& command) {
  auto* statement = statements_.get(command.statement.sql,
                                    [this](const std::string& sql) { return prepare(sql); });
  if (!command.may_write && sqlite3_stmt_readonly(statement) == 0) return false;
  const Running running(statement);
  bind_all(statement, command.statement);
  start_clock();
  const auto before = sqlite3_total_changes64(db_);
  fetch(statement, command);
  if (sqlite3_total_changes64(db_) != before) command.rowcount = sqlite3_changes64(db_);
  if (command.expects_one && command.rowcount != 1) {
    throw StaleDataError("expected to change 1 row, but " + std::to_string(command.rowcount) +
                         " were there; in: " + command.statement.sql);
  }
  return true;
}

void SqliteConnection::bind_all(sqlite3_stmt* statement, const Statement& to) {
  for (std::size_t i = 0; i < to.parameters.size(); ++i) {
    bind(statement, static_cast<int>(i + 1), to.parameters[i]);
  }
}

void SqliteConnection::start_clock() {
  if (options_.statement_timeout_ms == 0) return;
  deadline_ =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.statement_timeout_ms);
}

void SqliteConnection::fetch(sqlite3_stmt* statement, Command& command) {
  // The first step may prepare the statement anew, after a change of the schema.
  int status = sqlite3_step(statement);
  RowSink* sink = sqlite3_column_count(statement) > 0 ? command.sink.get() : nullptr;
  std::span<const Cell> cells;
  if (sink) cells = begin_rows(statement, *sink);
  for (; status == SQLITE_ROW; status = sqlite3_step(statement)) {
    if (!sink) continue;
    if (sink->size() == command.row_limit) return;
    add_row(statement, cells, *sink);
  }
  if (status != SQLITE_DONE) fail(status, command.statement.sql);
}

void SqliteConnection::fetch_next(Command& command) {
  auto& cursor = cursors_[command.cursor];
  if (!cursor.statement) {
    cursor.text = command.statement;  // whose text is still wanted by who looks on
    cursor.statement = prepare(cursor.text.sql);
    bind_all(cursor.statement.get(), cursor.text);
  }
  auto* statement = cursor.statement.get();
  start_clock();
  const auto cells = begin_rows(statement, *command.sink);
  while (command.sink->size() < command.row_limit) {
    const int status = sqlite3_step(statement);
    if (status == SQLITE_ROW) {
      add_row(statement, cells, *command.sink);
      continue;
    }
    if (status != SQLITE_DONE) fail(status, cursor.text.sql);
    cursors_.erase(command.cursor);
    return;
  }
}

std::span<const Cell> SqliteConnection::begin_rows(sqlite3_stmt* statement, RowSink& sink) const {
  const auto width = static_cast<std::size_t>(sqlite3_column_count(statement));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < width && sink.wants_names(); ++i) {
    const char* name = sqlite3_column_name(statement, static_cast<int>(i));
    names.emplace_back(name ? name : "");
  }
  sink.begin(std::move(names));
  const auto cells = sink.cells();
  check_width(cells, width);
  return cells;
}

void SqliteConnection::add_row(sqlite3_stmt* statement, std::span<const Cell> cells,
                               RowSink& sink) {
  row_.resize(static_cast<std::size_t>(sqlite3_column_count(statement)));
  for (std::size_t i = 0; i < row_.size(); ++i) {
    row_[i] = read(statement, static_cast<int>(i), cells.empty() ? nullptr : &cells[i].type());
  }
  sink.add(row_);
}

void SqliteConnection::fail(int status, std::string_view sql) {
  if (status == SQLITE_INTERRUPT && std::exchange(timed_out_, false)) {
    throw Unavailable("a statement took longer than its limit: " + std::string(sql));
  }
  throw_sqlite_error(db_, status, options_.path, sql);
}

}  // namespace plinth::db

// What a database driver is: it runs work, outside of transactions or in one.
//
// Invariants
// - Work owns all it needs, and is shared: a driver may finish it after its waiter has gone.
// - A Connection that is destroyed gives its connection back only after its transaction has ended.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "db/notifier.hpp"
#include "plinth/detail/row.hpp"
#include "plinth/session.hpp"
#include "plinth/task.hpp"

namespace plinth::db {

/// When a statement was at work, by monotonic_microseconds(); 0: not yet. A driver's thread sets
/// them while its waiter may look.
struct StatementTimes {
  std::int64_t started_us = 0;
  std::int64_t ended_us = 0;
  std::uint32_t together = 1;  // how many PostgreSQL answered at once, of whomever

  std::int64_t started() const noexcept { return load(started_us); }
  /// What the statement gave is there to be read, once it is not 0.
  std::int64_t ended() const noexcept { return load(ended_us); }
  void start(std::int64_t now_us) noexcept {
    store(ended_us, 0);
    store(started_us, now_us);
  }
  void end(std::int64_t now_us) noexcept { store(ended_us, now_us); }

 private:
  static std::int64_t load(const std::int64_t& of) noexcept {
    return std::atomic_ref(const_cast<std::int64_t&>(of)).load(std::memory_order_acquire);
  }
  static void store(std::int64_t& of, std::int64_t value) noexcept {
    std::atomic_ref(of).store(value, std::memory_order_release);
  }
};

struct Command {
  enum class Kind : std::uint8_t { statement, begin, commit, rollback, savepoint, fetch };

  Kind kind = Kind::statement;
  Statement statement = {};
  std::unique_ptr<RowSink> sink = nullptr;  // null: rows are dropped
  std::size_t row_limit = static_cast<std::size_t>(-1);
  std::int64_t rowcount = 0;  // out: rows changed
  // Of a fetch (SQLite; PostgreSQL has SQL for it): which cursor. The first fetch opens it with the
  // statement, each gives up to row_limit rows; it closes at the last, and with its transaction.
  unsigned cursor = 0;
  // More or fewer rows changed: StaleDataError.
  bool expects_one = false;
  // Without a transaction: refuse the statement, by Work::needs_transaction, if it would write.
  bool may_write = true;
  // Of a begin; false: until the transaction has ended SQLite neither checks foreign keys nor acts
  // on them. What makes a table anew needs it, and checks them itself.
  bool foreign_keys = true;
  StatementTimes times = {};
  // Out, by whoever ended it: why it failed, or that something before it did.
  std::exception_ptr error = nullptr;
  bool skipped = false;
};

struct Work {
  std::vector<Command> commands;
  int savepoint = 0;               // an error undoes all since this savepoint; 0: the transaction
  bool needs_transaction = false;  // out: nothing was done, begin a transaction first
  std::atomic<bool> abandoned = false;  // nobody waits any more: need not be started or finished
  std::int64_t asked_us = 0;            // since when it is waited for; set by StatementWatch

  bool was_begun() const {
    return std::any_of(commands.begin(), commands.end(),
                       [](const Command& command) { return command.times.started() != 0; });
  }
};

// Marks a Work as abandoned when its waiter is destroyed.
class Waiting {
 public:
  explicit Waiting(std::shared_ptr<Work> work) : work_(std::move(work)) {
    work_->abandoned = false;  // a work that was refused is run again
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { work_->abandoned = true; }

 private:
  std::shared_ptr<Work> work_;
};

/// One connection, leased for one transaction.
class Connection {
 public:
  virtual ~Connection() = default;
  /// In order, until one fails; then undoes, see Work::savepoint, and throws.
  virtual Task<void> run(std::shared_ptr<Work> work) = 0;
  /// After the last run. Once it has ended the lease is over.
  virtual bool in_transaction() const = 0;
};

class Driver {
 public:
  virtual ~Driver() = default;
  virtual Dialect dialect() const = 0;
  virtual PoolStatus pool_status() const = 0;
  /// Each statement for itself, on any connection.
  virtual Task<void> run(std::shared_ptr<Work> work) = 0;
  /// Throws Unavailable when none is free in time.
  virtual Task<std::unique_ptr<Connection>> acquire() = 0;
  /// One for a transaction that only reads, and keeps no writer waiting; null where there is none
  /// (SQLite in memory).
  virtual Task<std::unique_ptr<Connection>> acquire_reader() = 0;

  /// Says what was committed in this process.
  Notifier& notifier() { return notifier_; }

 private:
  Notifier notifier_;
};

/// A command about the transaction; `sql` of a savepoint.
Command control(Command::Kind kind, std::string sql = {});

// The SQL by which savepoint `depth` is set, undone, released; the same in both dialects.
std::string savepoint_sql(int depth);
std::string rollback_to_sql(int depth);
std::string release_sql(int depth);

}  // namespace plinth::db

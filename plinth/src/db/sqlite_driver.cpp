#include "db/sqlite_driver.hpp"

#include <filesystem>
#include <mutex>
#include <vector>

#include "base/worker_pool.hpp"
#include "db/gate.hpp"
#include "db/pool_counts.hpp"
#include "db/sqlite_connection.hpp"

namespace plinth::db {

namespace {

class SqliteDriver;

// A lease of the writer. Its state is shared with the job that runs on the writer's thread, and
// guarded by the mutex: either side may be the last to leave.
struct Lease {
  std::mutex mutex;
  bool running = false;         // a job is queued or runs
  bool dropped = false;         // nobody holds the lease; the job ends it
  bool in_transaction = false;  // after the last job
  bool over = false;            // the gate has been left
};

class SqliteTransaction final : public Connection {
 public:
  explicit SqliteTransaction(SqliteDriver& driver) : driver_(driver) {}
  ~SqliteTransaction() override;

  Task<void> run(std::shared_ptr<Work> work) override;
  bool in_transaction() const override {
    const std::lock_guard lock(lease_->mutex);
    return lease_->in_transaction;
  }

 private:
  SqliteDriver& driver_;
  std::shared_ptr<Lease> lease_ = std::make_shared<Lease>();
};

// A reader's connection, kept for a transaction. Shared with the job that uses it; the last to
// leave gives it back.
struct ReaderLease {
  explicit ReaderLease(SqliteDriver& of) : driver(of) {}
  ReaderLease(const ReaderLease&) = delete;
  ReaderLease& operator=(const ReaderLease&) = delete;
  ~ReaderLease();
  SqliteDriver& driver;
  std::unique_ptr<SqliteConnection> connection;  // made by the first job
};

class SqliteReading final : public Connection {
 public:
  explicit SqliteReading(SqliteDriver& driver)
      : driver_(driver), lease_(std::make_shared<ReaderLease>(driver)) {}

  Task<void> run(std::shared_ptr<Work> work) override;
  bool in_transaction() const override { return lease_->connection != nullptr; }

 private:
  SqliteDriver& driver_;
  std::shared_ptr<ReaderLease> lease_;
};

class SqliteDriver final : public Driver {
 public:
  SqliteDriver(std::string path, const EngineOptions& options);

  Dialect dialect() const override { return Dialect::sqlite; }
  PoolStatus pool_status() const override;
  Task<void> run(std::shared_ptr<Work> work) override;
  Task<std::unique_ptr<Connection>> acquire() override;
  Task<std::unique_ptr<Connection>> acquire_reader() override;

 private:
  friend class SqliteTransaction;
  friend class SqliteReading;
  friend struct ReaderLease;

  void read(Work& work);
  std::unique_ptr<SqliteConnection> take_reader();
  void give_back(std::unique_ptr<SqliteConnection> connection) noexcept;
  void write(Work& work, Lease& lease);
  void end(Lease& lease) noexcept;
  SqliteConnection& writer();

  const SqliteOptions options_;
  const bool in_memory_;
  PoolCounts counts_{"sqlite"};
  Gate gate_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_readers_;
  std::unique_ptr<SqliteConnection> writer_;  // touched on the writer's thread only
  // Last: their threads end before the connections do.
  base::WorkerPool readers_;
  base::WorkerPool writers_;
};

SqliteDriver::SqliteDriver(std::string path, const EngineOptions& options)
    : options_{.path = std::move(path),
               .busy_timeout_ms = static_cast<int>(options.busy_timeout.count * 1000),
               .statement_timeout_ms = options.statement_timeout.count * 1000},
      in_memory_(options_.path == ":memory:"),
      gate_(options.pool_timeout.count * 1000, options.queue_limit, &counts_),
      readers_({.name = "sqlite-reader",
                .threads = std::max(1U, options.pool_size),
                .queue_limit = options.queue_limit}),
      // Only the holder of the gate has jobs here: one that runs and one that ends the lease.
      writers_({.name = "sqlite-writer", .threads = 1, .queue_limit = 64}) {
  counts_.most.add(1);
}

PoolStatus SqliteDriver::pool_status() const {
  auto status = counts_.status();
  status.waiting += static_cast<std::uint32_t>(readers_.queued());
  return status;
}

SqliteConnection& SqliteDriver::writer() {
  if (!writer_) {
    writer_ = std::make_unique<SqliteConnection>(options_, SqliteConnection::Role::writer);
    counts_.opened();
  }
  return *writer_;
}

std::unique_ptr<SqliteConnection> SqliteDriver::take_reader() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_readers_.empty()) {
      auto connection = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return connection;
    }
  }
  auto made = std::make_unique<SqliteConnection>(options_, SqliteConnection::Role::reader);
  counts_.opened();
  return made;
}

void SqliteDriver::give_back(std::unique_ptr<SqliteConnection> connection) noexcept {
  if (!connection->rollback()) {
    counts_.closed();
    return;
  }
  const std::lock_guard lock(mutex_);
  idle_readers_.push_back(std::move(connection));
}

// On a reader's thread.
void SqliteDriver::read(Work& work) {
  if (work.abandoned) return;
  struct Taken {
    SqliteDriver& driver;
    std::unique_ptr<SqliteConnection> connection = driver.take_reader();
    ~Taken() { driver.give_back(std::move(connection)); }
  } taken{*this};
  taken.connection->run(work);
}

ReaderLease::~ReaderLease() {
  if (connection) driver.give_back(std::move(connection));
}

Task<void> SqliteReading::run(std::shared_ptr<Work> work) {
  const Waiting waiting(work);
  co_await driver_.readers_.run([lease = lease_, work] {
    if (work->abandoned) return;
    if (!lease->connection) lease->connection = lease->driver.take_reader();
    lease->connection->run(*work);
  });
}

Task<void> SqliteDriver::run(std::shared_ptr<Work> work) {
  if (in_memory_) {
    auto connection = co_await acquire();
    co_await connection->run(std::move(work));
    co_return;
  }
  const Waiting waiting(work);
  co_await readers_.run([this, work] { read(*work); });
}

Task<std::unique_ptr<Connection>> SqliteDriver::acquire() {
  co_await gate_.enter();
  co_return std::make_unique<SqliteTransaction>(*this);
}

Task<std::unique_ptr<Connection>> SqliteDriver::acquire_reader() {
  if (in_memory_) co_return nullptr;
  co_return std::make_unique<SqliteReading>(*this);
}

// On the writer's thread. After the transaction the gate is left at once, not when the result has
// reached its loop.
void SqliteDriver::write(Work& work, Lease& lease) {
  struct End {
    SqliteDriver& driver;
    Lease& lease;
    ~End() { driver.end(lease); }
  } end_lease{*this, lease};
  if (!work.abandoned) writer().run(work);
}

// At the end of a job: the transaction goes on, or is over, or nobody wants it any more.
void SqliteDriver::end(Lease& lease) noexcept {
  for (;;) {
    const bool open = writer_ && writer_->in_transaction();
    {
      const std::lock_guard lock(lease.mutex);
      lease.in_transaction = open;
      if (!open || !lease.dropped) lease.running = false;
      lease.over = !open;
      if (open && !lease.dropped) return;
    }
    if (!open) return gate_.leave();
    if (writer_->rollback()) continue;
    writer_.reset();
    counts_.closed();
  }
}

Task<void> SqliteTransaction::run(std::shared_ptr<Work> work) {
  {
    const std::lock_guard lock(lease_->mutex);
    lease_->running = true;
  }
  const Waiting waiting(work);
  co_await driver_.writers_.run(
      [&driver = driver_, work, lease = lease_] { driver.write(*work, *lease); });
}

SqliteTransaction::~SqliteTransaction() {
  bool open = false;
  {
    const std::lock_guard lock(lease_->mutex);
    if (lease_->over) return;
    lease_->dropped = true;
    if (lease_->running) return;  // the job ends the lease
    open = lease_->in_transaction;
    lease_->running = open;
  }
  if (!open) {
    driver_.gate_.leave();
    return;
  }
  struct Rollback final : detail::ThreadJob {
    Rollback(SqliteDriver& of, std::shared_ptr<Lease> dropped)
        : driver(of), lease(std::move(dropped)) {}
    void run() noexcept override { driver.end(*lease); }
    SqliteDriver& driver;
    std::shared_ptr<Lease> lease;
  };
  driver_.writers_.submit(std::make_shared<Rollback>(driver_, lease_));
}

}  // namespace

std::unique_ptr<Driver> make_sqlite_driver(std::string path, const EngineOptions& options) {
  // A later change of the working directory must not change the database.
  if (path != ":memory:") path = std::filesystem::absolute(path).lexically_normal().string();
  return std::make_unique<SqliteDriver>(std::move(path), options);
}

}  // namespace plinth::db

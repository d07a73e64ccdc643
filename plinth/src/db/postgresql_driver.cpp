#include "db/postgresql_driver.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include "base/loop.hpp"
#include "db/postgresql_pool.hpp"

namespace plinth::db {

namespace {

class PostgresqlDriver final : public Driver {
 public:
  PostgresqlDriver(PostgresqlUrl url, const EngineOptions& options)
      : config_(std::make_shared<PostgresqlConfig>(std::move(url), options)) {}
  PostgresqlDriver(const PostgresqlDriver&) = delete;
  PostgresqlDriver& operator=(const PostgresqlDriver&) = delete;
  ~PostgresqlDriver() override;

  Dialect dialect() const override { return Dialect::postgresql; }
  PoolStatus pool_status() const override { return config_->counts.status(); }
  Task<void> run(std::shared_ptr<Work> work) override { return pool().read(std::move(work)); }
  Task<std::unique_ptr<Connection>> acquire() override { return pool().acquire(); }
  Task<std::unique_ptr<Connection>> acquire_reader() override { return pool().acquire(); }

 private:
  struct Home {
    base::LoopAddress loop;
    std::weak_ptr<PostgresqlPool> pool;
  };

  PostgresqlPool& pool();

  std::shared_ptr<PostgresqlConfig> config_;
  std::mutex mutex_;
  std::vector<Home> homes_;
};

PostgresqlPool& PostgresqlDriver::pool() {
  auto& loop = base::Loop::current();
  auto& local = loop.local(config_.get());
  if (!local) {
    auto made = std::make_shared<PostgresqlPool>(config_);
    local = made;
    const std::lock_guard lock(mutex_);
    std::erase_if(homes_, [](const Home& home) { return home.pool.expired(); });
    homes_.push_back({loop.address(), made});
  }
  return *static_cast<PostgresqlPool*>(local.get());
}

// Each pool ends on its own thread; it holds the configuration, so the key stays its own.
PostgresqlDriver::~PostgresqlDriver() {
  base::Loop::current().forget(config_.get());
  const std::lock_guard lock(mutex_);
  for (const Home& home : homes_) {
    home.loop.post([key = config_] { base::Loop::current().forget(key.get()); });
  }
}

}  // namespace

std::unique_ptr<Driver> make_postgresql_driver(PostgresqlUrl url, const EngineOptions& options) {
  return std::make_unique<PostgresqlDriver>(std::move(url), options);
}

}  // namespace plinth::db

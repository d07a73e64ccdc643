// What all connections of an Engine have in common: where to connect, limits, and the threads for
// what blocks (connecting, cancelling).
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/worker_pool.hpp"
#include "db/pool_counts.hpp"
#include "db/postgresql_url.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionHandle = std::unique_ptr<PGconn, FinishConnection>;

class PostgresqlConfig {
 public:
  PostgresqlConfig(PostgresqlUrl url, const EngineOptions& options);
  PostgresqlConfig(const PostgresqlConfig&) = delete;
  PostgresqlConfig& operator=(const PostgresqlConfig&) = delete;
  ~PostgresqlConfig();

  /// A connection in pipeline mode. Blocks, on a thread of `workers`. Throws Unavailable, saying
  /// where it could not connect to, and why.
  ConnectionHandle connect() const;
  /// Asks the server to cancel what this connection runs. Returns at once; nothing is promised.
  void cancel(PGconn* connection);

  const EngineOptions options;
  const bool pgbouncer;
  PoolCounts counts{"postgresql"};

 private:
  std::string name() const;
  void add(const char* keyword, std::string value);

  std::vector<std::pair<std::string, std::string>> parameters_;
  std::atomic<bool> closing_ = false;

 public:
  base::WorkerPool workers;  // last, so that its threads end first
};

}  // namespace plinth::db

// How many connections an Engine has, and what they do: for pool_status() and the metrics.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/process_metrics.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

/// Thread safety: all of it.
class PoolCounts {
 public:
  /// pool  in the metrics
  explicit PoolCounts(std::string_view pool)
      : most(metrics().db_connections_max.with({pool})),
        waiting(metrics().db_pending.with({pool})),
        idle_(metrics().db_connections.with({pool, "idle"})),
        used_(metrics().db_connections.with({pool, "used"})) {}

  void opened() { idle_.add(1); }
  void closed() { idle_.add(-1); }
  void leased() {
    idle_.add(-1);
    used_.add(1);
  }
  void given_back() {
    used_.add(-1);
    idle_.add(1);
  }

  PoolStatus status() const {
    const auto used = used_.value();
    return {.open = idle_.value() + used, .leased = used, .waiting = waiting.value()};
  }

 private:
  static base::ProcessMetrics& metrics() { return base::process_metrics(); }

 public:
  base::MetricLevel most;     // for transactions
  base::MetricLevel waiting;  // for one of these

 private:
  base::MetricLevel idle_;
  base::MetricLevel used_;
};

}  // namespace plinth::db

// A Redis, a database, workers of worker_main.cpp that may be killed, and the ledger in which their
// tasks have written when they started and ended.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plinth/session.hpp"
#include "plinth/tasks.hpp"
#include "support/command.hpp"
#include "support/database.hpp"
#include "support/redis.hpp"
#include "tasks_chaos/jobs.hpp"

namespace tasks_chaos {

struct FleetOptions {
  double lease = 2;  // seconds
  int max_deliveries = 50;
  int concurrency = 32;                // of a worker
  bool embedded = false;               // no Redis: tasks run in the API's process
  std::vector<std::string> more = {};  // words of the workers' command line, "--grace"
};

/// How often a task has started and ended.
struct Runs {
  int starts = 0;
  int ends = 0;
};

class Worker {
 public:
  Worker(const std::vector<std::string>& command, const support::CommandOptions& options);
  support::Child& process() { return process_; }
  /// kill -9; returns when it has ended.
  void kill();
  /// Waits until it has logged these words; false when it has ended or does not for long.
  bool logs(const std::string& words);

 private:
  std::string log_file_;
  support::Child process_;
};

class Fleet {
 public:
  explicit Fleet(FleetOptions options = {});
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  ~Fleet();

  /// Started, and soon ready.
  std::unique_ptr<Worker> start_worker(const std::string& name = "w1@test");
  support::RedisServer& redis() { return redis_; }
  /// The API of worker_main.cpp; its first line is its port.
  std::unique_ptr<Worker> start_api();
  /// To send from this process.
  Celery& celery() { return *celery_; }
  Engine& engine() { return *engine_; }

  /// By the number of the task.
  std::map<std::int64_t, Runs> ledger() const;
  /// Waits until a task of that number has started.
  bool has_started(std::int64_t number) const;
  /// Messages in the queue or held by somebody.
  std::int64_t messages_left() const;
  /// Waits until there are none.
  bool is_done() const;

 private:
  std::unique_ptr<Worker> start(const std::vector<std::string>& command);

  FleetOptions options_;
  support::RedisServer redis_{{.durable = true}};
  support::TestDatabase database_{support::Place::disk};
  std::string folder_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Celery> celery_;
};

}  // namespace tasks_chaos

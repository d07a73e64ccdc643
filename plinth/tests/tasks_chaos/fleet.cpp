#include "tasks_chaos/fleet.hpp"

#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <thread>

#include "plinth/task_tables.hpp"
#include "tasks_chaos/jobs.hpp"

namespace fs = std::filesystem;

namespace tasks_chaos {

namespace {

// Looks again and again, for a minute.
bool until(const std::function<bool()>& condition) {
  for (int tries = 0; tries < 6000; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::string content(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

Worker::Worker(const std::vector<std::string>& command, const support::CommandOptions& options)
    : log_file_(options.log), process_(command, options) {}

void Worker::kill() {
  process_.signal(SIGKILL);
  process_.wait();
}

bool Worker::logs(const std::string& words) {
  return until([&] {
           return content(log_file_).find(words) != std::string::npos || !process_.running();
         }) &&
         content(log_file_).find(words) != std::string::npos;
}

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) {
  folder_ = (fs::temp_directory_path() / "plinth-fleet-XXXXXX").string();
  if (!::mkdtemp(folder_.data())) throw std::runtime_error("cannot make " + folder_);
  std::ofstream(folder_ + "/ledger").flush();
  engine_ = std::make_unique<Engine>(database_.url());
  create_all<Payment, Order, TaskMessage, TaskResult, TaskGroup, TaskGroupPart, TaskKey, TaskInbox,
             TaskBeat>(*engine_);
  celery_ = std::make_unique<Celery>(
      "chaos", CeleryOptions{.broker_url = redis_.url(), .task_default_queue = "default"});
}

Fleet::~Fleet() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::unique_ptr<Worker> Fleet::start_worker(const std::string& name) {
  std::vector<std::string> command{
      TASKS_CHAOS_WORKER, "worker", "-n", name, "-c", std::to_string(options_.concurrency)};
  command.insert(command.end(), options_.more.begin(), options_.more.end());
  return start(command);
}

std::unique_ptr<Worker> Fleet::start_api() { return start({TASKS_CHAOS_WORKER, "api"}); }

std::unique_ptr<Worker> Fleet::start(const std::vector<std::string>& command) {
  static int number = 0;
  support::CommandOptions options{
      .environment = {"DATABASE_URL=" + database_.url(), "LEDGER=" + folder_ + "/ledger",
                      "LEASE=" + std::to_string(options_.lease),
                      "MAX_DELIVERIES=" + std::to_string(options_.max_deliveries)},
      .log = folder_ + "/log" + std::to_string(++number)};
  if (!options_.embedded) options.environment.push_back("REDIS_URL=" + redis_.url());
  return std::make_unique<Worker>(command, options);
}

std::map<std::int64_t, Runs> Fleet::ledger() const {
  std::map<std::int64_t, Runs> all;
  std::ifstream lines(folder_ + "/ledger");
  std::string what;
  for (std::int64_t number = 0, pid = 0; lines >> what >> number >> pid;) {
    auto& runs = all[number];
    ++(what == "start" ? runs.starts : runs.ends);
  }
  return all;
}

bool Fleet::has_started(std::int64_t number) const {
  return until([&] { return ledger()[number].starts > 0; });
}

std::int64_t Fleet::messages_left() const {
  const auto count = [this](const char* command, const char* key) {
    const auto answer = redis_.ask({command, key});
    return answer.empty() ? 1 : std::atoll(answer.c_str());  // it is being restarted
  };
  return count("LLEN", "default") + count("HLEN", "unacked");
}

bool Fleet::is_done() const {
  return until([this] { return messages_left() == 0; });
}

}  // namespace tasks_chaos

#include "celery/workers.hpp"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace fs = std::filesystem;

namespace celery {

namespace {

// Debian's, whatever virtual environment is active.
constexpr auto python = "/usr/bin/python3";

std::vector<std::string> environment(const std::string& url) {
  return {"REDIS_URL=" + url, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"};
}

std::string new_file() {
  std::string name = (fs::temp_directory_path() / "plinth-worker-XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0) throw std::runtime_error("cannot make " + name);
  ::close(file);
  return name;
}

std::string content(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> celery_command(const std::vector<std::string>& words) {
  std::vector<std::string> command{python, "-m", "celery", "-A", "jobs"};
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

}  // namespace

Worker::Worker(Kind kind, const std::string& url, Options options) : log_file_(new_file()) {
  auto command =
      kind == Kind::python ? celery_command({}) : std::vector<std::string>{CELERY_WORKER};
  command.insert(command.end(), {"worker", "-n", options.name, "-Q", options.queues, "-c",
                                 std::to_string(options.concurrency)});
  if (kind == Kind::python) command.insert(command.end(), {"-l", "info"});
  command.insert(command.end(), options.more.begin(), options.more.end());
  auto variables = environment(url);
  variables.insert(variables.end(), options.environment.begin(), options.environment.end());
  process_ = std::make_unique<support::Child>(
      command,
      support::CommandOptions{.folder = CELERY_FOLDER, .environment = variables, .log = log_file_});
  if (!logs(" ready")) throw std::runtime_error("the worker does not start: " + log());
}

bool Worker::logs(const std::string& words) {
  for (int tries = 0; tries < 3000; ++tries) {
    if (log().find(words) != std::string::npos) return true;
    if (!process_->running()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

Worker::~Worker() {
  // Celery ends its processes at SIGQUIT; after SIGKILL they would outlive it.
  if (process_->running()) {
    process_->signal(SIGQUIT);
    process_->wait();
  }
  std::error_code ignored;
  fs::remove(log_file_, ignored);
}

int Worker::stop() {
  process_->signal(SIGTERM);
  return process_->wait();
}

std::string Worker::log() const { return content(log_file_); }

plinth::Json run_client(const std::string& url, const std::vector<std::string>& scenarios,
                        const std::string& queues) {
  std::vector<std::string> command{python, "client.py"};
  command.insert(command.end(), scenarios.begin(), scenarios.end());
  auto variables = environment(url);
  variables.push_back("QUEUES=" + queues);
  const auto ran =
      support::run_command(command, {.folder = CELERY_FOLDER, .environment = variables});
  plinth::Json seen = plinth::Json::object({});
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    const auto one = plinth::Json::parse(line);
    for (const auto& [name, found] : one.members()) seen[name] = found;
  }
  if (ran.status != 0) throw std::runtime_error(ran.out + ran.err);
  return seen;
}

plinth::Json expected(const std::string& scenario) {
  std::ifstream lines(std::string(CELERY_FOLDER) + "/expected.jsonl");
  for (std::string line; std::getline(lines, line);) {
    auto found = plinth::Json::parse(line);
    if (found.contains(scenario)) return found[scenario];
  }
  throw std::runtime_error("expected.jsonl has no line for " + scenario);
}

support::Ran run_celery(const std::string& url, const std::vector<std::string>& words) {
  return support::run_command(celery_command(words),
                              {.folder = CELERY_FOLDER, .environment = environment(url)});
}

support::Child start_celery(const std::string& url, const std::vector<std::string>& words) {
  return support::Child(
      celery_command(words),
      {.folder = CELERY_FOLDER, .environment = environment(url), .log = "/dev/null"});
}

}  // namespace celery

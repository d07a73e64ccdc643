// Workers of the tasks in jobs.py, Python's and ours, and a Python client that cannot tell which.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plinth/json.hpp"
#include "support/command.hpp"

namespace celery {

enum class Kind : unsigned char {
  python,  // Debian's Celery with jobs.py
  plinth,  // worker_main.cpp
};

class Worker {
 public:
  struct Options {
    std::string name = "w1@test";
    std::string queues = "default";
    int concurrency = 2;
    std::vector<std::string> more = {};         // words of the command line, "-E"
    std::vector<std::string> environment = {};  // "VISIBILITY=2"
  };

  /// Started, and ready for messages.
  Worker(Kind kind, const std::string& url, Options options);
  Worker(Kind kind, const std::string& url) : Worker(kind, url, Options{}) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// At once, with the processes it made.
  ~Worker();

  support::Child& process() { return *process_; }
  /// SIGTERM; its exit code.
  int stop();
  /// Waits until it has logged these words; false when it has ended or does not for long.
  bool logs(const std::string& words);
  /// What it has logged so far.
  std::string log() const;

 private:
  std::string log_file_;
  std::unique_ptr<support::Child> process_;
};

/// What the scenarios of client.py print; queues: those that the parts of a canvas are dealt to.
/// Throws std::runtime_error with the client's traceback when it fails.
plinth::Json run_client(const std::string& url, const std::vector<std::string>& scenarios,
                        const std::string& queues = "default");

/// What the client saw of Python's own worker when that was recorded: expected.jsonl.
plinth::Json expected(const std::string& scenario);

/// The words after `celery` on a command line, as Debian's Celery understands them.
support::Ran run_celery(const std::string& url, const std::vector<std::string>& words);
/// One that goes on until it is ended.
support::Child start_celery(const std::string& url, const std::vector<std::string>& words);

}  // namespace celery

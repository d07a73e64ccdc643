// A Redis of one test's own: fresh, on a free port, gone after it; it may be killed, stopped and
// started again.
//
//   RedisServer redis({.durable = true});
//   redis.url();                                    // "redis://127.0.0.1:23456/0"
//   redis.ask({"LLEN", "default"}) == "3\n";        // past the library under test
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/command.hpp"

namespace support {

class RedisServer {
 public:
  struct Options {
    bool durable = false;       // what was answered survives kill(): appendfsync always
    std::string password = {};  // of the default user
    std::vector<std::string> settings = {};  // "maxmemory=1mb"
  };

  /// Started, and ready for clients. Throws std::runtime_error when redis-server is not installed.
  RedisServer() : RedisServer(Options{}) {}
  explicit RedisServer(Options options);
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  /// redis://[:password@]127.0.0.1:port/0
  std::string url() const;
  /// The server's unix socket.
  std::string socket_path() const { return folder_ + "/redis.sock"; }
  /// Its own folder; for certificates and the like of a test.
  const std::string& folder() const { return folder_; }
  int port() const { return port_; }

  /// kill -9; returns when it has ended.
  void kill();
  /// As a service manager stops it; returns when it has ended.
  void stop();
  /// On the same port with the same files; returns when it is ready.
  void start();
  /// kill() and start().
  void restart();
  /// SIGSTOP: its connections stay and nothing answers, as behind a cut cable.
  void freeze() { process_->signal(SIGSTOP); }
  void thaw() { process_->signal(SIGCONT); }

  /// What redis-cli prints for a command.
  std::string ask(const std::vector<std::string>& command) const;

 private:
  bool try_start();

  Options options_;
  std::string folder_;
  int port_ = 0;
  std::unique_ptr<Child> process_;
};

/// Runs kombu_worker.py, which does to messages what a worker of Celery's does: {"take", "default"}
/// or {"restore"}. Returns what it prints. Throws std::runtime_error when kombu is not installed.
std::string kombu(const std::string& url, const std::vector<std::string>& arguments);

}  // namespace support

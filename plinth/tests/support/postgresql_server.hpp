// A PostgreSQL of one test's own, for what ends or cuts off servers. Durable: no fsync=off.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/command.hpp"

namespace support {

enum class Shutdown : unsigned char {
  fast,       // clients are told and disconnected, transactions rolled back
  immediate,  // as a crash: recovery at the next start
};

class PostgresqlServer {
 public:
  struct Options {
    std::vector<std::string> settings = {};  // "max_connections=50"
    std::string address = "127.0.0.1";
    std::string network = {};  // the network namespace to run in, see `ip netns`
  };

  /// Started, and ready for clients.
  PostgresqlServer() : PostgresqlServer(Options{}) {}
  explicit PostgresqlServer(Options options);
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;
  ~PostgresqlServer();

  /// A superuser's.
  std::string url() const;
  /// Through the server's unix socket, whatever becomes of the network.
  std::string socket_url() const;
  void stop(Shutdown how);
  /// kill -9 of a client's backend: the server throws all clients out and recovers. Returns when it
  /// is ready.
  void crash_a_backend();
  /// On the same port; returns when it is ready.
  void start();

 private:
  bool try_start();

  Options options_;
  std::string folder_;
  int port_ = 0;
  std::unique_ptr<Child> process_;
};

}  // namespace support

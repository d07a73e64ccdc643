// The application in production: two API processes behind HAProxy with deploy/haproxy/haproxy.cfg,
// two workers, one PostgreSQL, one Redis, a mail server; each part may be killed and started again.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/certificates.hpp"
#include "support/command.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"
#include "support/postgresql_server.hpp"
#include "support/redis.hpp"
#include "support/smtp_server.hpp"

namespace fleet {

enum class Part : std::uint8_t { api_one, api_two, worker_one, worker_two, redis, postgresql };
enum class Ending : std::uint8_t {
  killed,   // SIGKILL; PostgreSQL: all its processes end at once, and it recovers at the next start
  stopped,  // as a service manager does it
};

/// One of the application's programs, which may be started again.
class Program {
 public:
  void start(std::vector<std::string> words, support::CommandOptions options,
             const std::string& ready);
  /// Returns when it has ended; throws std::runtime_error where it was stopped and not with 0.
  void end(Ending ending);
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::unique_ptr<support::LogFile> log_;
  std::unique_ptr<support::Child> process_;
};

struct ServiceOptions {
  std::vector<std::string> environment = {};  // "NAME=value" for all of the application's programs
};

class Service {
 public:
  explicit Service(ServiceOptions options = {});
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() = default;

  static bool can_run();  // HAProxy and PostgreSQL are installed

  void end(Part part, Ending ending);
  /// Returns when the part does its work again: HAProxy sends requests to it.
  void start(Part part);

  /// Of HAProxy, by TLS: another person each.
  support::HttpClient client(int number) const;
  /// Of one API process itself, past HAProxy.
  support::HttpClient client_of(std::size_t replica) const;
  std::string database_url() const { return postgresql_.url(); }
  support::RedisServer& redis() { return redis_; }
  support::SmtpServer& smtp() { return smtp_; }
  void make_admin(const std::string& email, const std::string& password) const;
  /// Waits until no task waits or runs; false when there are some for long.
  bool tasks_are_done() const;

 private:
  void start_api(std::size_t number);
  void start_worker(std::size_t number);
  void start_proxy();
  std::string ask_proxy(const std::string& command) const;
  bool uses(std::size_t api) const;
  void wait_until_used();

  support::PostgresqlServer postgresql_;
  support::RedisServer redis_{{.durable = true}};
  support::SmtpServer smtp_;
  support::Certificates certificates_;
  support::CommandOptions options_;
  std::array<std::uint16_t, 2> api_ports_;
  std::uint16_t proxy_port_;
  std::array<Program, 2> apis_;
  std::array<Program, 2> workers_;
  std::unique_ptr<support::Child> proxy_;
};

}  // namespace fleet

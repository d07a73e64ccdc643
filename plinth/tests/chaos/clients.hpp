// Clients of the server in server_main.cpp, which know what every reply must be.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "chaos/account.hpp"
#include "support/command.hpp"
#include "support/http_client.hpp"

namespace chaos {

using Clock = std::chrono::steady_clock;

/// server_main.cpp, running. `environment` beside DATABASE_URL: POOL_SIZE=4 …
class ServerProcess {
 public:
  explicit ServerProcess(const std::string& url, std::vector<std::string> environment = {});
  std::uint16_t port() const { return port_; }
  support::Child& process() { return process_; }
  /// Its open files and sockets.
  std::size_t descriptors() const;

 private:
  support::Child process_;
  std::uint16_t port_;
};

/// An account's balance, or none when there is no account.
using Balance = std::optional<std::int64_t>;

struct Reply {
  Clock::time_point at;
  int status;
  bool hashes;  // of a password: 503 when more of them wait than their threads take
};

/// What a client takes as part of the test.
struct Tolerance {
  // What was answered 503 may still be done later, as when a network carries on what it kept; then
  // no reading tells what is there.
  bool late_changes = false;
  bool lost_replies = false;  // the server itself is killed; the client then stops
};

/// One client, its account and what may be in the database: after a 503 it does not know whether
/// a change was made, so both may be.
class Client {
 public:
  Client(std::uint16_t port, int number, Tolerance tolerance);

  /// One request of any kind.
  void step();
  bool has_lost_reply() const { return !replies_.empty() && replies_.back().status == 0; }
  /// Another server, which has the same database.
  void connect_to(std::uint16_t port);

  const std::string& email() const { return email_; }
  bool may_be(Balance balance) const { return possible_.contains(balance); }
  const std::vector<Reply>& replies() const { return replies_; }
  /// Replies that were neither right nor 503, in words.
  const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  void register_account();
  void login();
  void read();
  void change();
  void remove();
  support::HttpReply ask(const char* method, const char* target, const std::string& body = {});
  void expect(const char* what, const support::HttpReply& reply, Balance found, bool allowed);
  std::string credentials() const;
  bool known_absent() const { return possible_ == std::set<Balance>{std::nullopt}; }

  std::unique_ptr<support::HttpClient> http_;
  std::mt19937_64 random_;
  std::string name_;
  std::string email_;
  Tolerance tolerance_;
  std::string token_ = {};
  std::set<Balance> possible_{std::nullopt};
  std::vector<Reply> replies_ = {};
  std::vector<std::string> wrong_ = {};
};

/// Many clients, a thread each, until stop().
class Load {
 public:
  Load(std::uint16_t port, int clients, Tolerance tolerance = {});
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { stop(); }

  void start();
  void stop();
  /// After stop().
  void connect_to(std::uint16_t port);
  std::vector<Client>& clients() { return clients_; }

  std::size_t replies(int status) const;
  /// 503 where no password is hashed.
  std::size_t refusals() const;
  std::size_t successes(Clock::time_point after, Clock::time_point before) const;
  /// The end of the last reply between these two that was not the service's own answer.
  Clock::duration last_failure(Clock::time_point after, Clock::time_point before) const;
  /// All clients' wrong replies, in words; "" when there are none.
  std::string wrong() const;
  /// What differs between the clients' knowledge and the table; "" when nothing does.
  std::string differences(const std::string& url) const;

 private:
  std::vector<Client> clients_;
  std::vector<std::thread> threads_ = {};
  std::atomic<bool> stopped_ = true;
};

}  // namespace chaos

// Clients of the service that know what every answer must be, and keep count of what they were
// promised.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fleet/service.hpp"
#include "support/http_client.hpp"

namespace fleet {

inline constexpr auto admin_email = "admin@example.com";
inline constexpr auto password = "correct horse battery";

/// What an account is made of, and logs in with.
std::string credentials(const std::string& email);

/// What the clients have seen, all together.
struct Ledger {
  std::set<std::string> asked;     // addresses for which an account was asked
  std::set<std::string> promised;  // and those that were told: 201, or 400 of an own retry
  std::set<std::string> welcomed;  // of these, who must get a mail
  std::map<int, int> statuses;     // of every single answer
  std::vector<std::string> wrong;  // answers that must not be, in words
  std::map<std::string, std::string> unsettled;  // key and address of what was given up
};

/// Clients of `service`, a thread each, until stop().
class Load {
 public:
  Load(const Service& service, int clients);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { stop(); }

  void stop();
  /// Returns when each client has had so many more answers that were no refusals; throws
  /// std::runtime_error when they do not come in a minute.
  void wait_for(std::size_t more);
  /// What happens now, for messages. While a POST may break off half-way (HAProxy sends it nowhere
  /// else), no answer or 502 is none that is wrong.
  void begin(const std::string& phase, bool may_break);
  /// After stop().
  const Ledger& ledger() const { return ledger_; }
  std::string wrong() const;

 private:
  class Client;
  void note(const support::HttpReply& reply);
  void note_wrong(const std::string& what);

  std::mutex mutex_;
  Ledger ledger_;
  std::string phase_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> may_break_ = false;
  std::vector<std::atomic<std::size_t>> answers_;
  std::vector<std::thread> threads_;
};

}  // namespace fleet

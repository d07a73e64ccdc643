// Two processes of the application over one database, as production has them, and clients that ask
// them at the same moment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/command.hpp"
#include "support/database.hpp"
#include "support/log_file.hpp"

namespace app {

class Replicas {
 public:
  /// `settings` are "NAME=value".
  explicit Replicas(const std::vector<std::string>& settings = {});

  /// Of one of the two, by turns.
  std::uint16_t port(std::size_t number) const;
  const std::string& database_url() const { return database_.url(); }
  /// By `app users create-admin`.
  void make_admin(const std::string& email, const std::string& password) const;

 private:
  struct Served {
    support::LogFile log;
    std::unique_ptr<support::Child> child;
  };
  support::TestDatabase database_{support::Place::disk};
  support::CommandOptions options_;
  std::array<Served, 2> served_;
};

/// Calls `ask(number)`, which gives statuses, on so many threads; all the statuses.
template <class Ask>
std::vector<int> at_once(std::size_t threads, Ask ask) {
  std::vector<std::vector<int>> statuses(threads);
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < threads; ++i) {
      running.emplace_back([&statuses, &ask, i] { statuses[i] = ask(i); });
    }
  }
  std::vector<int> all;
  for (const auto& some : statuses) all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace app

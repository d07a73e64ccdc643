// The application's processes, and what their metrics say.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/command.hpp"
#include "support/database.hpp"
#include "support/log_file.hpp"

namespace monitoring {

/// The application over a database of its own.
class Served {
 public:
  /// `settings` are "NAME=value", `words` follow "serve".
  explicit Served(const std::vector<std::string>& settings = {},
                  const std::vector<std::string>& words = {});

  std::uint16_t port() const { return log_.port(); }
  const support::LogFile& log() const { return log_; }
  support::Child& process() { return *process_; }
  /// The settings, for another command.
  support::CommandOptions options(const support::LogFile& log) const;

 private:
  support::TestDatabase database_{support::Place::disk};
  support::LogFile log_;
  support::CommandOptions options_;
  std::unique_ptr<support::Child> process_;
};

/// On a connection of its own, so that any worker may answer.
std::string scrape(std::uint16_t port, const std::string& bearer = {});
/// The value of a sample, written as in the text: `orders_total{shop="north"}`; -1 without one.
double value_of(const std::string& metrics, const std::string& sample);
/// The sum over all label sets.
double sum_of(const std::string& metrics, const std::string& name);
/// Their names without those of the _created gauges, with their types.
std::map<std::string, std::string> families_of(const std::string& metrics);

std::string file_text(const std::string& path);

/// Half a minute is enough for anything here.
template <class Condition>
bool eventually(Condition condition) {
  for (int tries = 0; tries < 3000; ++tries) {
    if (condition()) return true;
    ::usleep(10'000);
  }
  return false;
}

}  // namespace monitoring

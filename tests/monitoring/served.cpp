#include "monitoring/served.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "support/http_client.hpp"

namespace monitoring {
namespace {

template <class Take>
void each_line(const std::string& text, Take take) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) take(line);
}

}  // namespace

Served::Served(const std::vector<std::string>& settings, const std::vector<std::string>& words)
    : options_{.folder = "/",  // where no .env is
               .environment = {"DATABASE_URL=" + database_.url(), "RATE_LIMIT_DEFAULT=1000/second",
                               "PROMETHEUS_MULTIPROC_DIR=", "TMPDIR="}} {
  options_.environment.insert(options_.environment.end(), settings.begin(), settings.end());
  const auto migrated = support::run_command({APP_BINARY, "migrate", "upgrade", "head"}, options_);
  CAPTURE(migrated.err);
  REQUIRE(migrated.status == 0);
  std::vector<std::string> command{APP_BINARY, "serve", "--port", "0"};
  command.insert(command.end(), words.begin(), words.end());
  process_ = std::make_unique<support::Child>(command, options(log_));
}

support::CommandOptions Served::options(const support::LogFile& log) const {
  auto logged = options_;
  logged.log = log.path();
  return logged;
}

std::string scrape(std::uint16_t port, const std::string& bearer) {
  support::HttpClient client(port);
  return client.request("GET", "/metrics", {}, bearer).body;
}

double value_of(const std::string& metrics, const std::string& sample) {
  double value = -1;
  each_line(metrics, [&](const std::string& line) {
    if (line.starts_with(sample + " ")) value = std::stod(line.substr(sample.size() + 1));
  });
  return value;
}

double sum_of(const std::string& metrics, const std::string& name) {
  double sum = 0;
  each_line(metrics, [&](const std::string& line) {
    if (line.starts_with(name + " ") || line.starts_with(name + "{")) {
      sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
  });
  return sum;
}

std::map<std::string, std::string> families_of(const std::string& metrics) {
  std::map<std::string, std::string> families;
  each_line(metrics, [&](const std::string& line) {
    std::istringstream words(line);
    std::string hash, what, name, type;
    words >> hash >> what >> name >> type;
    if (what == "TYPE" && !name.ends_with("_created")) families.emplace(name, type);
  });
  return families;
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  CAPTURE(path);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace monitoring

// Metrics of several processes are one: they add up, and no restart makes them fall.
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "monitoring/served.hpp"
#include "support/http_client.hpp"
#include "support/temporary_folder.hpp"

using support::HttpClient;
using support::LogFile;

namespace monitoring {
namespace {

const std::string healthy = R"(http_requests_total{handler="/health",method="GET",status="2xx"})";

void ask(std::uint16_t port, int times) {
  for (int i = 0; i < times; ++i) {
    REQUIRE(HttpClient(port).request("GET", "/health").status == 200);
  }
}

std::vector<pid_t> workers_in(const std::string& metrics) {
  std::vector<pid_t> pids;
  std::istringstream lines(metrics);
  const std::string name = "process_resident_memory_bytes{pid=\"";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) pids.push_back(std::stoi(line.substr(name.size())));
  }
  return pids;
}

// The one that the workers have in their environment.
std::string folder_of(pid_t supervisor) {
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    const auto path = entry.path().string();
    if (path.find("plinth-metrics-") == std::string::npos) continue;
    for (const auto& file : std::filesystem::directory_iterator(path)) {
      if (file.path().filename().string().starts_with("process_" + std::to_string(supervisor))) {
        return path;
      }
    }
  }
  return {};
}

}  // namespace

TEST_CASE("workers show one sum, which no restart and no kill makes fall") {
  Served api({}, {"--workers", "2", "--threads", "1"});
  REQUIRE(api.log().wait_for("workers=2"));
  const auto port = api.port();
  const auto folder = folder_of(api.process().pid());
  CHECK_FALSE(folder.empty());
  ask(port, 40);
  for (int i = 0; i < 8; ++i) CHECK(value_of(scrape(port), healthy) == 40);

  const auto before = scrape(port);
  CHECK(workers_in(before).size() == 3);  // and who started them
  CHECK(value_of(before, "plinth_process_starts_total") == 3);
  CHECK(value_of(before, "plinth_http_connections_accepted_total") >= 49);
  CHECK(value_of(before, "plinth_http_connections") >= 1);

  api.process().signal(SIGHUP);
  REQUIRE(api.log().wait_for("the workers have been replaced"));
  ask(port, 10);
  for (int i = 0; i < 8; ++i) CHECK(value_of(scrape(port), healthy) == 50);
  CHECK(eventually([&] { return workers_in(scrape(port)).size() == 3; }));
  CHECK(value_of(scrape(port), "plinth_process_starts_total") == 5);

  for (const auto pid : workers_in(scrape(port))) {
    if (pid != api.process().pid()) ::kill(pid, SIGKILL);
  }
  REQUIRE(eventually([&] { return HttpClient(port).request("GET", "/health").status == 200; }));
  const auto counted = value_of(scrape(port), healthy);
  CHECK(counted >= 51);
  ask(port, 5);
  CHECK(value_of(scrape(port), healthy) >= counted + 5);
  CHECK(value_of(scrape(port), "plinth_http_connections") <= 4);  // those of the dead are gone

  api.process().signal(SIGTERM);
  CHECK(api.process().wait() == 0);
  CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("a folder of one's own joins the API and its workers, and outlives them all") {
  const support::TemporaryFolder folder;
  const auto named = "PROMETHEUS_MULTIPROC_DIR=" + folder.path() + "/metrics";
  {
    Served api({named});
    ask(api.port(), 7);
    const LogFile log;
    const support::Child worker({APP_BINARY, "worker"}, api.options(log));
    CHECK(eventually([&] { return workers_in(scrape(api.port())).size() == 2; }));
    CHECK(value_of(scrape(api.port()), "plinth_process_starts_total") == 2);
    api.process().signal(SIGTERM);
    CHECK(api.process().wait() == 0);
  }
  const Served again({named});
  CHECK(value_of(scrape(again.port()), healthy) == 7);
  ask(again.port(), 1);
  CHECK(value_of(scrape(again.port()), healthy) == 8);
}

TEST_CASE("a folder that cannot be used ends the start with a sentence") {
  const support::TemporaryFolder folder;
  std::ofstream(folder.path() + "/file") << "x";
  Served api({"PROMETHEUS_MULTIPROC_DIR=" + folder.path() + "/file"});
  CHECK(api.process().wait() == 1);
  const auto said = api.log().text();
  CAPTURE(said);
  CHECK(said.find("PROMETHEUS_MULTIPROC_DIR: \"" + folder.path() + "/file\" cannot be used: ") !=
        std::string::npos);
}

TEST_CASE("what clients make up makes no time series") {
  Served api;
  HttpClient client(api.port());
  for (int i = 0; i < 500; ++i) {
    const auto name = std::to_string(i);
    client.request("GET", "/" + name + "?" + name);
    client.request("BREW" + name, "/" + name);
    client.request("GET", "/api/v1/users/" + name, {}, name, "x-request-id: " + name + "\r\n");
  }
  const auto metrics = scrape(api.port());
  CHECK(sum_of(metrics, "http_requests_total") >= 1500);
  std::istringstream lines(metrics);
  int series = 0;
  for (std::string line; std::getline(lines, line);) series += line[0] != '#';
  CHECK(series < 600);
  CHECK(value_of(metrics, R"(http_requests_total{handler="none",method="OTHER",status="4xx"})") ==
        500);
}

}  // namespace monitoring

// The network between the application and PostgreSQL is cut, and mended. Needs root, which alone
// may make networks.
#include <doctest/doctest.h>
#include <unistd.h>

#include "chaos/clients.hpp"
#include "support/database.hpp"
#include "support/postgresql_server.hpp"

using namespace chaos;
using support::run_command;

TEST_SUITE_BEGIN("postgresql");

namespace {

constexpr auto second = std::chrono::seconds(1);

// A network namespace and a cable between it and the machine's own network.
class Network {
 public:
  Network() {
    ip({"netns", "add", name_});
    ip({"link", "add", here_, "type", "veth", "peer", "name", "there", "netns", name_});
    ip({"address", "add", net_ + ".1/30", "dev", here_});
    // Without the cable nothing is reached; else the machine's own gateway would be asked.
    ip({"route", "add", "unreachable", net_ + ".0/30", "metric", "1000"});
    ip({"-n", name_, "address", "add", net_ + ".2/30", "dev", "there"});
    ip({"-n", name_, "link", "set", "lo", "up"});
    mend();
  }
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network() {
    run_command({"ip", "route", "delete", "unreachable", net_ + ".0/30", "metric", "1000"});
    run_command({"ip", "link", "delete", here_});
    run_command({"ip", "netns", "delete", name_});
  }

  const std::string& name() const { return name_; }
  std::string address() const { return net_ + ".2"; }
  /// The far end: what is sent vanishes. The near one: nothing can be sent.
  void cut_there() { ip({"-n", name_, "link", "set", "there", "down"}); }
  void cut_here() { ip({"link", "set", here_, "down"}); }
  void mend() {
    ip({"link", "set", here_, "up"});
    ip({"-n", name_, "link", "set", "there", "up"});
  }
  static bool possible() {
    return ::geteuid() == 0 && run_command({"ip", "netns", "add", probe()}).status == 0 &&
           run_command({"ip", "netns", "delete", probe()}).status == 0;
  }

 private:
  static std::string probe() { return "plinth-probe-" + std::to_string(::getpid()); }
  static void ip(std::vector<std::string> words) {
    words.insert(words.begin(), "ip");
    const auto ran = run_command(words);
    if (ran.status != 0) throw std::runtime_error("ip: " + ran.err);
  }

  std::string name_ = "plinth-" + std::to_string(::getpid());
  std::string here_ = "pl" + std::to_string(::getpid());
  std::string net_ = "10.231." + std::to_string(::getpid() % 256);
};

}  // namespace

TEST_CASE("a cut network is answered 503 in time, and a mended one serves again" *
          doctest::skip(!Network::possible())) {
  Network network;
  support::PostgresqlServer postgresql({.address = network.address(), .network = network.name()});
  {
    Engine engine(postgresql.url());
    create_all<Account, Entry>(engine);
  }
  ServerProcess server(postgresql.url(),
                       {"POOL_TIMEOUT=2", "STATEMENT_TIMEOUT=2", "CONNECT_TIMEOUT=1"});
  Load load(server.port(), 32, {.late_changes = true});
  load.start();
  std::vector<Clock::time_point> mended;
  for (int round = 0; round < 4; ++round) {
    std::this_thread::sleep_for(second);
    const auto cut = Clock::now();
    round % 2 == 0 ? network.cut_there() : network.cut_here();
    std::this_thread::sleep_for(4 * second);
    network.mend();
    mended.push_back(Clock::now());
    std::this_thread::sleep_for(3 * second);
    CAPTURE(round);
    CHECK(server.process().running());
    CHECK(mended.back() > cut);
  }
  load.stop();

  CHECK(load.wrong() == "");
  CHECK(load.differences(postgresql.url()) == "");
  CHECK(load.replies(503) > 0);
  for (const auto& moment : mended) {
    const auto failing = load.last_failure(moment, moment + 3 * second);
    CAPTURE(std::chrono::duration<double>(failing).count());
    CHECK(failing < second);
    CHECK(load.successes(moment + second, moment + 3 * second) > 0);
  }
  CHECK(support::query_postgresql(
            postgresql.socket_url(),
            "SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
            .empty());
}

TEST_SUITE_END();

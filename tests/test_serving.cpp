// The binary in its life: health and readiness, TLS, workers, service managers, and databases that
// come and go. PLINTH_TEST_ROUNDS=20 asks for more rounds than a quick run has.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "support/certificates.hpp"
#include "support/command.hpp"
#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/http_load.hpp"
#include "support/log_file.hpp"
#include "support/postgresql_server.hpp"
#include "support/redis.hpp"

using support::Child;
using support::CommandOptions;
using support::HttpClient;
using support::HttpLoad;
using support::LogFile;
using support::run_command;
using support::TestDatabase;

namespace {

constexpr auto health = R"({"status":"ok"})";

int rounds(int usual) {
  const char* asked = std::getenv("PLINTH_TEST_ROUNDS");
  return asked ? std::atoi(asked) : usual;
}

CommandOptions environment(const std::string& url, const LogFile& log) {
  return {.folder = "/",  // where no .env is
          .environment = {"ENV=production", "DATABASE_URL=" + url, "DEBUG=false",
                          "SECRET_KEY=0123456789abcdef0123456789abcdef",
                          "CORS_ORIGINS=[\"https://app.example.com\"]", "RATE_LIMIT_ENABLED=false"},
          .log = log.path()};
}

void migrate(CommandOptions options) {
  options.log.clear();
  REQUIRE(run_command({APP_BINARY, "migrate", "upgrade", "head"}, options).status == 0);
}

CommandOptions with(CommandOptions options, const std::string& variable) {
  options.environment.push_back(variable);
  return options;
}

std::vector<std::string> serve(std::vector<std::string> more = {}) {
  std::vector<std::string> command{APP_BINARY, "serve", "--port", "0"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

std::string ask(std::uint16_t port, const char* path) {
  const auto reply = HttpClient(port).request("GET", path);
  return std::to_string(reply.status) + " " + reply.body;
}

// Half a minute is enough for anything here.
template <class Condition>
bool eventually(Condition condition) {
  for (int tries = 0; tries < 3000; ++tries) {
    if (condition()) return true;
    ::usleep(10'000);
  }
  return false;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::istringstream lines(run_command({"pgrep", "-P", std::to_string(parent)}).out);
  std::vector<pid_t> pids;
  for (pid_t pid = 0; lines >> pid;) pids.push_back(pid);
  return pids;
}

// The service manager's end of $NOTIFY_SOCKET.
class Manager {
 public:
  Manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  ~Manager() { ::close(socket_); }
  std::string path() const { return log_.path() + ".notify"; }
  std::string hear() const {
    char text[256];
    const auto size = ::recv(socket_, text, sizeof text, 0);
    return size < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(size));
  }
  /// Past WATCHDOG=1.
  std::string hear_other() const {
    auto text = hear();
    while (text == "WATCHDOG=1") text = hear();
    return text;
  }

 private:
  LogFile log_;  // for a name of its own
  int socket_;
};

}  // namespace

TEST_CASE("a served application is healthy and ready, and says when its migrations are behind") {
  const TestDatabase database(support::Place::disk);
  const LogFile log;
  auto options = environment(database.url(), log);
  options.environment.push_back("ENV=local");  // serves an unmigrated database, with a warning
  Child server(serve(), options);
  const auto port = log.port();
  CHECK(ask(port, "/health") == std::string("200 ") + health);
  CHECK(ask(port, "/ready") ==
        R"(503 {"status":"not ready","checks":{"database":"ok","migrations":"failed"}})");
  migrate(options);
  CHECK(eventually([&] {
    return ask(port, "/ready") ==
           R"(200 {"status":"ready","checks":{"database":"ok","migrations":"ok"}})";
  }));
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("TLS by settings, and a key that does not fit is one line") {
  const TestDatabase database(support::Place::disk);
  const support::Certificates certificates;
  const auto pair = certificates.issue("server");
  const LogFile log;
  auto options = with(with(environment(database.url(), log), "SSL_CERTFILE=" + pair.certificate),
                      "SSL_KEYFILE=" + pair.key);
  migrate(options);
  Child server(serve(), options);
  const auto curl = run_command({"curl", "-sS", "--cacert", certificates.authority(),
                                 "https://127.0.0.1:" + std::to_string(log.port()) + "/health"});
  CHECK(curl.out == health);
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);

  options.log.clear();
  CHECK(run_command({APP_BINARY, "doctor"}, options)
            .out.find("SSL_CERTFILE  the certificate in " + pair.certificate + " is good until ") !=
        std::string::npos);
  const auto other = certificates.issue("other");
  const auto refused = run_command(serve(), with(options, "SSL_KEYFILE=" + other.key));
  CHECK(refused.status == 1);
  CHECK(refused.err.find("is not the key of the certificate in") != std::string::npos);
  const auto workers = run_command(serve({"--workers", "2", "--ssl-keyfile", other.key}), options);
  CHECK(workers.status == 1);
  CHECK(workers.err.find("is not the key of the certificate in") != std::string::npos);
}

TEST_CASE("a service manager gives the socket, and hears of start, life and end") {
  const TestDatabase database(support::Place::disk);
  const LogFile log;
  const Manager manager;
  auto options = with(with(environment(database.url(), log), "NOTIFY_SOCKET=" + manager.path()),
                      "WATCHDOG_USEC=20000");
  migrate(options);
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(::listen(listening, 10) == 0);
  // As systemd does it: from 3 on, for this very process.
  const auto command =
      "export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" serve 3<&" + std::to_string(listening);
  Child server({"sh", "-c", command, APP_BINARY}, options);
  CHECK(manager.hear() == "READY=1");
  CHECK(ask(log.port(), "/health") == std::string("200 ") + health);
  CHECK(manager.hear() == "WATCHDOG=1");
  CHECK(manager.hear() == "WATCHDOG=1");
  server.signal(SIGTERM);
  CHECK(manager.hear_other() == "STOPPING=1");
  CHECK(server.wait() == 0);

  // --fd, as uvicorn has it; the socket has outlived the first server.
  const LogFile second;
  options.log = second.path();
  Child next({APP_BINARY, "serve", "--fd", std::to_string(listening)}, options);
  CHECK(ask(second.port(), "/health") == std::string("200 ") + health);
  next.signal(SIGTERM);
  CHECK(next.wait() == 0);
  ::close(listening);
  options.log.clear();
  const auto refused = run_command({APP_BINARY, "serve", "--fd", "0"}, options);
  CHECK(refused.status == 1);
  CHECK(refused.err.find("cannot serve on file descriptor 0: ") != std::string::npos);
}

TEST_CASE("workers are replaced one by one, and started again when they crash") {
  const TestDatabase database(support::Place::disk);
  const LogFile log;
  const auto options = environment(database.url(), log);
  migrate(options);
  Child supervisor(serve({"--workers", "2", "--threads", "1"}), options);
  REQUIRE(log.wait_for("workers=2"));
  const auto port = log.port();
  HttpLoad load({.port = port, .target = "/health", .body = health});
  load.wait_for(100);
  for (int round = 0; round < rounds(2); ++round) {
    const auto before = children_of(supervisor.pid());
    CHECK(before.size() == 2);
    supervisor.signal(SIGHUP);
    CHECK(eventually([&] {  // two others, and the old ones have ended
      const auto now = children_of(supervisor.pid());
      return now.size() == 2 && std::ranges::find(before, now[0]) == before.end() &&
             std::ranges::find(before, now[1]) == before.end();
    }));
    load.wait_for(100);
  }
  load.stop();
  CHECK(load.lost() == "");

  const auto victim = children_of(supervisor.pid()).at(0);
  ::kill(victim, SIGKILL);
  CHECK(log.wait_for("a worker ended and is started again"));
  CHECK(log.text().find("signal 9 (Killed)") != std::string::npos);
  CHECK(eventually([&] { return children_of(supervisor.pid()).size() == 2; }));
  for (int i = 0; i < 20; ++i) CHECK(ask(port, "/health") == std::string("200 ") + health);

  HttpLoad last({.port = port, .target = "/health", .body = health, .server_ends = true});
  last.wait_for(100);
  const auto workers = children_of(supervisor.pid());
  supervisor.signal(SIGTERM);
  CHECK(supervisor.wait() == 0);
  for (const auto pid : workers) CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("one process takes over from another on the same port, and no request is lost") {
  const TestDatabase database(support::Place::disk);
  auto log = std::make_unique<LogFile>();
  auto options = environment(database.url(), *log);
  migrate(options);
  auto present = std::make_unique<Child>(serve({"--reuse-port"}), options);
  const auto port = log->port();
  HttpLoad load({.port = port, .target = "/health", .body = health});
  for (int round = 0; round < rounds(2); ++round) {
    load.wait_for(100);
    log = std::make_unique<LogFile>();
    options.log = log->path();
    auto next =
        std::make_unique<Child>(serve({"--reuse-port", "--port", std::to_string(port)}), options);
    CHECK(log->port() == port);
    present->signal(SIGTERM);
    CHECK(present->wait() == 0);
    present = std::move(next);
  }
  load.wait_for(100);
  load.stop();
  CHECK(load.lost() == "");
  present->signal(SIGTERM);
  CHECK(present->wait() == 0);
}

TEST_CASE("workers do not outlive their supervisor") {
  const TestDatabase database(support::Place::disk);
  const LogFile log;
  const auto options = environment(database.url(), log);
  migrate(options);
  Child supervisor(serve({"--workers", "2"}), options);
  REQUIRE(log.wait_for("workers=2"));
  const auto workers = children_of(supervisor.pid());
  supervisor.signal(SIGKILL);
  supervisor.wait();
  for (const auto pid : workers) CHECK(eventually([&] { return ::kill(pid, 0) != 0; }));
}

TEST_CASE("with new settings that are wrong the old workers stay") {
  const TestDatabase database(support::Place::disk);
  const LogFile log;
  auto options = environment(database.url(), log);
  const support::Certificates folder;
  options.folder = folder.folder();
  migrate(options);
  Child supervisor(serve({"--workers", "2"}), options);
  REQUIRE(log.wait_for("workers=2"));
  std::ofstream(folder.folder() + "/.env") << "JWT_ALG=none\n";
  supervisor.signal(SIGHUP);
  CHECK(log.wait_for("the new worker does not start, the old ones stay"));
  CHECK(ask(log.port(), "/health") == std::string("200 ") + health);
  std::ofstream(folder.folder() + "/.env") << "JWT_ALG=HS384\n";
  supervisor.signal(SIGHUP);
  CHECK(log.wait_for("the workers have been replaced"));
  CHECK(ask(log.port(), "/health") == std::string("200 ") + health);
  supervisor.signal(SIGTERM);
  CHECK(supervisor.wait() == 0);
}

TEST_CASE("several workers run the tasks of one database, each task once") {
  const TestDatabase database(support::Place::disk);
  const LogFile log;
  const auto options = environment(database.url(), log);
  migrate(options);
  Child supervisor(serve({"--workers", "3"}), options);
  REQUIRE(log.wait_for("workers=3"));
  constexpr int users = 6;
  for (int i = 0; i < users; ++i) {
    const auto email = "user" + std::to_string(i) + "@example.com";
    const auto reply =
        HttpClient(log.port())
            .request("POST", "/api/v1/auth/register",
                     R"({"email":")" + email + R"(","password":"correct horse battery"})");
    CHECK(reply.status == 201);
  }
  for (int i = 0; i < users; ++i) {
    CHECK(log.wait_for("Welcome, user" + std::to_string(i) + "@example.com!"));
  }
  supervisor.signal(SIGTERM);
  CHECK(supervisor.wait() == 0);
  const auto text = log.text();
  int welcomed = 0;
  for (auto at = text.find("Welcome, "); at != text.npos; at = text.find("Welcome, ", at + 1)) {
    ++welcomed;
  }
  CHECK(welcomed == users);
}

TEST_CASE("Redis is part of being ready, when there is one") {
  const TestDatabase database(support::Place::disk);
  support::RedisServer redis;
  const LogFile log;
  const auto options = with(environment(database.url(), log), "REDIS_URL=" + redis.url());
  migrate(options);
  redis.stop();
  Child server(serve(), options);
  const auto port = log.port();
  CHECK(ask(port, "/ready") == R"(503 {"status":"not ready","checks":)"
                               R"({"database":"ok","redis":"failed","migrations":"ok"}})");
  CHECK(ask(port, "/health") == std::string("200 ") + health);
  redis.start();
  CHECK(eventually([&] { return ask(port, "/ready").starts_with("200 "); }));
  redis.kill();
  CHECK(eventually([&] { return ask(port, "/ready").starts_with("503 "); }));
  redis.start();
  CHECK(eventually([&] { return ask(port, "/ready").starts_with("200 "); }));
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_SUITE_BEGIN("postgresql");

TEST_CASE("a database that is away at the start is waited for; it may go again later") {
  support::PostgresqlServer postgresql;
  const LogFile log;
  const auto options = environment(postgresql.url(), log);
  migrate(options);
  postgresql.stop(support::Shutdown::fast);

  Child server(serve(), options);
  const auto port = log.port();
  CHECK(log.wait_for("the database cannot be reached; requests are answered 503 until it can"));
  CHECK(ask(port, "/health") == std::string("200 ") + health);
  // Connecting may take longer than the check: "failed" and "timeout" are both right.
  const auto unready = ask(port, "/ready");
  CHECK(unready.starts_with(R"(503 {"status":"not ready","checks":{"database":")"));
  CHECK(unready.find(R"(:"ok")") == std::string::npos);
  HttpClient client(port);
  const auto refused = client.request("GET", "/api/v1/users/me");
  CHECK(refused.status == 503);
  CHECK(refused.head.find("\r\nretry-after: 1") != std::string::npos);

  postgresql.start();
  CHECK(log.wait_for("the database is reached, requests are served"));
  CHECK(client.request("GET", "/api/v1/users/me").status == 401);
  CHECK(eventually([&] { return ask(port, "/ready").starts_with("200 "); }));

  postgresql.stop(support::Shutdown::immediate);
  CHECK(eventually([&] { return ask(port, "/ready").starts_with("503 "); }));
  CHECK(ask(port, "/health") == std::string("200 ") + health);
  postgresql.start();
  CHECK(eventually([&] { return ask(port, "/ready").starts_with("200 "); }));
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("in production a database that comes back unmigrated ends the server") {
  support::PostgresqlServer postgresql;
  postgresql.stop(support::Shutdown::fast);
  const LogFile log;
  Child server(serve(), environment(postgresql.url(), log));
  CHECK(log.wait_for("requests are answered 503 until it can"));
  postgresql.start();
  CHECK(server.wait() == 1);
  CHECK(log.text().find("the database is not at the last migration") != std::string::npos);
}

TEST_SUITE_END();

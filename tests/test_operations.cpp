// What an operator asks of the binary: routes, config, doctor, log-level; and what its log says.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "plinth/json.hpp"
#include "support/certificates.hpp"
#include "support/command.hpp"
#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"
#include "support/redis.hpp"
#include "support/temporary_folder.hpp"

using plinth::Json;
using support::Child;
using support::CommandOptions;
using support::HttpClient;
using support::LogFile;
using support::run_command;
using support::TestDatabase;

namespace {

CommandOptions environment(const TestDatabase& database, std::vector<std::string> more = {}) {
  CommandOptions options{.folder = "/",
                         .environment = {"DATABASE_URL=" + database.url(), "LOG_FORMAT=json",
                                         "RATE_LIMIT_ENABLED=false"}};
  options.environment.insert(options.environment.end(), more.begin(), more.end());
  return options;
}

void migrate(const CommandOptions& options) {
  REQUIRE(run_command({APP_BINARY, "migrate", "upgrade", "head"}, options).status == 0);
}

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    lines.push_back(Json::parse(text.substr(start, end - start)));
    start = end + 1;
  }
  return lines;
}

// Of a server whose log is JSON, once it serves.
std::uint16_t port_of(const LogFile& log) {
  REQUIRE(log.wait_for(R"("message":"serving")"));
  for (const auto& line : lines_of(log.text())) {
    const auto* port = line.find("port");
    if (port) return static_cast<std::uint16_t>(port->integer());
  }
  return 0;
}

std::string text_of(const Json& line, std::string_view key) {
  const auto* value = line.find(key);
  return value && value->is_string() ? value->str() : "";
}

// The finding about a subject that has this in its text or fix; null when there is none.
const Json* find(const Json& report, std::string_view subject, std::string_view part) {
  for (const auto& finding : report["findings"].items()) {
    const auto whole = finding["text"].str() + " " + finding["fix"].str();
    if (finding["subject"].str() == subject && whole.find(part) != std::string::npos) {
      return &finding;
    }
  }
  return nullptr;
}

std::string level_of(const Json& report, std::string_view subject, std::string_view part) {
  const auto* finding = find(report, subject, part);
  return finding ? (*finding)["level"].str() : "(none)";
}

}  // namespace

TEST_CASE("app routes tells machines of tags, access and deprecation") {
  const auto ran = run_command({APP_BINARY, "routes", "--json"},
                               {.folder = "/", .environment = {"DATABASE_URL=sqlite://"}});
  REQUIRE(ran.status == 0);
  const auto routes = Json::parse(ran.out);
  bool found = false;
  for (const auto& route : routes.items()) {
    if (route["path"].str() != "/api/v1/users/me") continue;
    found = true;
    CHECK(route["methods"][std::size_t{0}].str() == "GET");
    CHECK(route["name"].str() == "me");
    CHECK(route["tags"][std::size_t{0}].str() == "users");
    CHECK(route["access"].str() != "open");
  }
  CHECK(found);
}

TEST_CASE("app config tells each setting, where it is from, and no secret") {
  const support::TemporaryFolder folder;
  std::ofstream(folder.path() + "/.env")
      << "APP_NAME=Shop\nSECRET_KEY=hush-hush-hush\nDATABASE_URL=sqlite://\n";
  CommandOptions options{
      .folder = folder.path(),
      .environment = {"LOG_LEVEL=warning", "REDIS_URL=redis://:hush@127.0.0.1:6379/0",
                      "SMTP_URL=smtp://me:hush@mail.example.com"}};
  const auto ran = run_command({APP_BINARY, "config", "--json"}, options);
  REQUIRE(ran.status == 0);
  CHECK(ran.out.find("hush") == std::string::npos);
  const auto settings = Json::parse(ran.out);
  const auto of = [&](std::string_view name) {
    for (const auto& setting : settings.items()) {
      if (setting["name"].str() == name) {
        return setting["source"].str() + " " + setting["value"].str();
      }
    }
    return std::string("(none)");
  };
  CHECK(of("APP_NAME") == ".env Shop");
  CHECK(of("SECRET_KEY") == ".env **********");
  CHECK(of("LOG_LEVEL") == "environment warning");
  CHECK(of("REDIS_URL") == "environment redis://:**********@127.0.0.1:6379/0");
  CHECK(of("SMTP_URL") == "environment **********");
  CHECK(of("DEBUG") == "default true");
  CHECK(of("JWT_KEYS_FILE") == "unset ");
  CHECK(of("CORS_ORIGINS") == "default [\"*\"]");
  CHECK(of("JWT_ALG") == "default HS256");

  const auto table = run_command({APP_BINARY, "config"}, options);
  CHECK(table.status == 0);
  CHECK(table.out.find("hush") == std::string::npos);
  CHECK(table.out.find("LOG_LEVEL ") != std::string::npos);

  options.environment.emplace_back("LOG_LEVEL=loud");
  const auto refused = run_command({APP_BINARY, "config"}, options);
  CHECK(refused.status == 1);
  CHECK(refused.err.find("LOG_LEVEL") != std::string::npos);
}

TEST_CASE("doctor looks at the database, its disk, its clock and the host") {
  const TestDatabase database(support::Place::disk);
  const auto options = environment(database);
  migrate(options);
  const auto ran = run_command({APP_BINARY, "doctor", "--json"}, options);
  CHECK(ran.status == 0);
  const auto report = Json::parse(ran.out);
  CHECK(report["healthy"].boolean());
  CHECK(level_of(report, "DATABASE_URL", "answers") == "ok");
  CHECK(level_of(report, "migrations", "at the last one") == "ok");
  CHECK(find(report, "open files", "") != nullptr);
  if (support::on_postgresql()) {
    CHECK(find(report, "DATABASE_URL", "PostgreSQL ") != nullptr);
    CHECK(level_of(report, "clock of DATABASE_URL", "agrees") == "ok");
    CHECK(find(report, "max_connections", "connections of this host") != nullptr);
  } else {
    CHECK(level_of(report, "DATABASE_URL", "SQLite 3.") == "ok");
    CHECK(find(report, "DATABASE_URL", "MiB are free in") != nullptr);
  }
}

TEST_CASE("doctor says what Redis may lose") {
  const TestDatabase database(support::Place::disk);
  const support::RedisServer careless(
      {.settings = {"maxmemory=100mb", "maxmemory-policy=allkeys-lru"}});
  auto options = environment(database, {"REDIS_URL=" + careless.url()});
  migrate(options);
  const auto ran = run_command({APP_BINARY, "doctor", "--json"}, options);
  CHECK(ran.status == 0);
  const auto report = Json::parse(ran.out);
  CHECK(level_of(report, "REDIS_URL", "answers; Redis ") == "ok");
  CHECK(level_of(report, "REDIS_URL", "maxmemory-policy allkeys-lru") == "warning");
  CHECK(level_of(report, "REDIS_URL", "appendonly yes") == "warning");
  CHECK(level_of(report, "clock of REDIS_URL", "agrees") == "ok");

  const support::RedisServer durable({.durable = true});
  options.environment.push_back("REDIS_URL=" + durable.url());
  const auto good = Json::parse(run_command({APP_BINARY, "doctor", "--json"}, options).out);
  CHECK(level_of(good, "REDIS_URL", "drops no keys") == "ok");
  CHECK(level_of(good, "REDIS_URL", "(appendonly)") == "ok");

  options.environment.emplace_back("REDIS_URL=redis://:hush@127.0.0.1:1/0");
  const auto away = run_command({APP_BINARY, "doctor", "--json"}, options);
  CHECK(away.status == 1);
  CHECK(away.out.find("hush") == std::string::npos);
  CHECK(level_of(Json::parse(away.out), "REDIS_URL", "start Redis") == "problem");
}

TEST_CASE("doctor warns of secrets that everybody may read, and of what lets everybody in") {
  const TestDatabase database(support::Place::disk);
  const support::TemporaryFolder folder;
  std::ofstream(folder.path() + "/.env") << "SECRET_KEY=change-me\n";
  REQUIRE(::chmod((folder.path() + "/.env").c_str(), 0644) == 0);
  auto options = environment(
      database, {"FORWARDED_ALLOW_IPS=*", "WEB_CONCURRENCY=4", "RATE_LIMIT_ENABLED=true",
                 "SMTP_URL=smtp://127.0.0.1:1", "MAIL_FROM=shop@example.com",
                 "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1"});
  options.folder = folder.path();
  migrate(options);
  const auto report = Json::parse(run_command({APP_BINARY, "doctor", "--json"}, options).out);
  CHECK(level_of(report, ".env", "chmod 600 .env") == "warning");
  CHECK(level_of(report, "FORWARDED_ALLOW_IPS", "every client") == "warning");
  CHECK(level_of(report, "RATE_LIMIT_…", "each of 4 processes") == "warning");
  CHECK(level_of(report, "SMTP_URL", "smtp://127.0.0.1:1: ") == "warning");
  CHECK(level_of(report, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1: ") == "warning");

  REQUIRE(::chmod((folder.path() + "/.env").c_str(), 0600) == 0);
  const auto mended = Json::parse(run_command({APP_BINARY, "doctor", "--json"}, options).out);
  CHECK(find(mended, ".env", "") == nullptr);
}

TEST_CASE("doctor checks the certificate's chain and who may read its key") {
  const TestDatabase database(support::Place::disk);
  support::Certificates certificates;
  const auto pair = certificates.issue("server");
  REQUIRE(::chmod(pair.key.c_str(), 0644) == 0);
  const auto options =
      environment(database, {"SSL_CERTFILE=" + pair.certificate, "SSL_KEYFILE=" + pair.key});
  migrate(options);
  const auto report = Json::parse(run_command({APP_BINARY, "doctor", "--json"}, options).out);
  CHECK(find(report, "SSL_CERTFILE", "is good until") != nullptr);
  CHECK(level_of(report, "SSL_CERTFILE", "no authority that this host trusts") == "warning");
  CHECK(level_of(report, "SSL_KEYFILE", "chmod 600") == "warning");
}

TEST_CASE("a request's lines have its id and its user's; a slow statement is told without values") {
  const TestDatabase database(support::Place::disk);
  const LogFile log;
  auto options = environment(database, {"LOG_SLOW_QUERY_MS=0"});
  migrate(options);
  options.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0", "--threads", "1"}, options);
  HttpClient client(port_of(log));
  const auto* ada = R"({"email":"ada@example.com","password":"analytical-engine"})";
  REQUIRE(client.request("POST", "/api/v1/auth/register", ada).status == 201);
  const auto token = Json::parse(client.request("POST", "/api/v1/auth/login", ada).body);
  REQUIRE(client
              .request("GET", "/api/v1/users/me", {}, token["access_token"].str(),
                       "x-request-id: r-42\r\nuser-agent: curl/8\r\n")
              .status == 200);
  CHECK(log.wait_for(R"("task_name":"send_welcome_email")"));
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);

  bool accessed = false;
  bool slow = false;
  const auto text = log.text();
  for (const auto& line : lines_of(text)) {
    if (text_of(line, "logger") == "plinth.db") {
      CHECK(text_of(line, "statement").find("ada@example.com") == std::string::npos);
    }
    if (!text_of(line, "task_name").empty()) {
      CHECK(text_of(line, "task_id").size() == 36);
      CHECK(text_of(line, "request_id").empty());
    }
    if (text_of(line, "request_id") != "r-42") continue;
    if (text_of(line, "logger") == "plinth.access") {
      accessed = true;
      CHECK(text_of(line, "user_id") == "1");
      CHECK(text_of(line, "user_agent") == "curl/8");
      CHECK(text_of(line, "route") == "/api/v1/users/me");
      CHECK(line["bytes"].integer() > 0);
    }
    if (text_of(line, "logger") == "plinth.db") {
      slow = true;
      CHECK(text_of(line, "message") == "slow query");
      CHECK(text_of(line, "level") == "WARNING");
      CHECK(text_of(line, "statement").find("FROM users") != std::string::npos);
    }
  }
  CHECK(accessed);
  CHECK(slow);
  CHECK(text.find("analytical-engine") == std::string::npos);
}

TEST_CASE("app log-level changes every process of --workers, and takes it back") {
  const TestDatabase database(support::Place::disk);
  const LogFile log;
  auto options = environment(database);
  migrate(options);
  auto serving = options;
  serving.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0", "--workers", "2", "--threads", "1"}, serving);
  const auto port = port_of(log);

  // Other tests' processes of this program are left alone: they are not this one's children.
  std::vector<std::string> pids{std::to_string(server.pid())};
  std::ifstream children("/proc/" + pids[0] + "/task/" + pids[0] + "/children");
  for (std::string pid; children >> pid;) pids.push_back(pid);
  REQUIRE(pids.size() == 3);
  // The second one of them may only just be starting.
  const auto all_listen = [&] {
    const auto shown = run_command({APP_BINARY, "log-level"}, options);
    return shown.status == 0 && std::ranges::all_of(pids, [&](const std::string& pid) {
             return shown.out.find(pid + " serve --port 0") != std::string::npos;
           });
  };
  bool listening = all_listen();
  for (int more = 200; !listening && more > 0; --more) listening = all_listen();
  REQUIRE(listening);
  for (const auto& pid : pids) {
    const auto ran = run_command(
        {APP_BINARY, "log-level", "debug", "--for", "10m", "--logger", "plinth.db", "--pid", pid},
        options);
    CHECK(ran.status == 0);
    CHECK(ran.out.find(": debug") != std::string::npos);
  }
  // Whichever process answers.
  for (int i = 0; i < 20; ++i) {
    CHECK(HttpClient(port).request("GET", "/ready").status == 200);
  }
  CHECK(log.wait_for(R"("logger":"plinth.db","message":"query")"));
  CHECK(log.wait_for(R"("message":"the log level was changed","changed_to":"DEBUG")"));

  for (const auto& pid : pids) {
    CHECK(run_command({APP_BINARY, "log-level", "default", "--pid", pid}, options).status == 0);
  }
  CHECK(HttpClient(port).request("GET", "/ready").status == 200);
  CHECK(log.wait_for(R"("changed_to":"default")"));
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("app log-level says what is wrong, and ends no process that does not listen") {
  const TestDatabase database(support::Place::disk);
  const auto options = environment(database);
  for (const std::vector<std::string>& words : {std::vector<std::string>{"loud"},
                                                {"debug", "--for", "soon"},
                                                {"debug", "info"},
                                                {"debug", "--for", "0m"},
                                                {"debug", "--for", "9999999h"}}) {
    std::vector<std::string> command{APP_BINARY, "log-level"};
    command.insert(command.end(), words.begin(), words.end());
    CHECK(run_command(command, options).status == 2);
  }
  Child other({"sleep", "60"});
  const auto ran = run_command(
      {APP_BINARY, "log-level", "debug", "--pid", std::to_string(other.pid())}, options);
  CHECK(ran.status == 1);
  CHECK(ran.err.find("no such process") != std::string::npos);
  CHECK(other.running());
}

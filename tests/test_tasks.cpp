// The welcome e-mail: sent exactly when the account exists, by a real SMTP server, with the tasks
// in the database or in Redis.
#include <doctest/doctest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "app/db/session.hpp"
#include "app/services/users.hpp"
#include "app/tasks/jobs.hpp"
#include "conftest.hpp"
#include "support/command.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"
#include "support/redis.hpp"
#include "support/smtp_server.hpp"

using namespace app;
using support::Child;
using support::CommandOptions;
using support::LogFile;
using support::RedisServer;
using support::SmtpServer;
using support::TestDatabase;

namespace {

TestApp create_mailing_app(const SmtpServer& server) {
  return TestApp({.smtp_url = server.url(), .mail_from = "Shop <shop@example.com>"});
}

int register_user(TestClient& client, std::string_view email) {
  auto user = Json::object({{"email", email}, {"password", "analytical"}});
  return client.post("/api/v1/auth/register", user).status;
}

// What arrived, in order: "ada@example.com".
std::string next_recipient(SmtpServer& server) {
  const auto mail = Json::parse(server.next());
  CHECK(mail["mail_from"] == "shop@example.com");
  CHECK(mail["rcpt_tos"].size() == 1);
  return mail["rcpt_tos"][0].str();
}

// Registers, and then fails.
Task<Json> register_badly(UserCreate data, SessionDep session) {
  auto user = co_await create_user(session, data, {});
  session->enqueue(tasks::send_welcome_email, *user->email);
  co_await session->flush();
  throw HttpError(409, "not today");
}

// The application's processes, as they run in production.
class Service {
 public:
  Service(const SmtpServer* smtp, const RedisServer* redis) {
    options_ = {
        .folder = "/",  // where no .env is
        .environment = {"DATABASE_URL=" + database_.url(), "MAIL_FROM=Shop <shop@example.com>"}};
    if (smtp) options_.environment.push_back("SMTP_URL=" + smtp->url());
    if (redis) options_.environment.push_back("REDIS_URL=" + redis->url());
    REQUIRE(support::run_command({APP_BINARY, "migrate", "upgrade", "head"}, options_).status == 0);
  }
  /// What `app tasks …` prints.
  std::string tasks(std::vector<std::string> words) const {
    words.insert(words.begin(), {APP_BINARY, "tasks"});
    const auto ran = support::run_command(words, options_);
    CHECK(ran.err == "");
    CHECK(ran.status == 0);
    return ran.out;
  }
  CommandOptions logging_to(const LogFile& log) const {
    auto logged = options_;
    logged.log = log.path();
    return logged;
  }

 private:
  TestDatabase database_{support::Place::disk};
  CommandOptions options_;
};

}  // namespace

TEST_CASE("registering sends one welcome e-mail") {
  SmtpServer server;
  {
    auto app = create_mailing_app(server);
    auto client = TestClient(app);
    CHECK(register_user(client, "ada@example.com") == 201);

    const auto mail = Json::parse(server.next());
    CHECK(mail["rcpt_tos"] == R"(["ada@example.com"])"_json);
    CHECK(mail["addresses"]["from"] == R"([["Shop", "shop@example.com"]])"_json);
    CHECK(mail["headers"]["Subject"] == "Welcome");
    CHECK(mail["bodies"]["text/plain"] == "Welcome, ada@example.com!\n");
    CHECK(mail["defects"].size() == 0);
  }
  CHECK(server.stop().empty());
}

TEST_CASE("nothing is sent for an account that was not made") {
  SmtpServer server;
  {
    auto app = create_mailing_app(server);
    app->post<register_badly>("/badly", {.access = Access::open});
    auto client = TestClient(app);
    auto eve = Json::object({{"email", "eve@example.com"}, {"password", "analytical"}});
    CHECK(client.post("/badly", eve).status == 409);
    CHECK(register_user(client, "ada@example.com") == 201);
    CHECK(register_user(client, "ADA@example.com") == 400);
    CHECK(register_user(client, "no address") == 422);
    CHECK(register_user(client, "bob@example.com") == 201);
    CHECK(next_recipient(server) == "ada@example.com");
    CHECK(next_recipient(server) == "bob@example.com");
  }
  CHECK(server.stop().empty());
}

TEST_CASE("a mail server that fails for a while is asked again; one that refuses is not") {
  SmtpServer server({.fail_first = 1});
  {
    auto app = create_mailing_app(server);
    auto client = TestClient(app);
    CHECK(register_user(client, "550-eve@example.com") ==
          201);                                              // the account is there all the same
    CHECK(register_user(client, "ada@example.com") == 201);  // 451, then taken
    CHECK(next_recipient(server) == "ada@example.com");
  }
  CHECK(server.stop().empty());
}

TEST_CASE("with Redis the mail is sent by a worker, once") {
  const RedisServer redis;
  SmtpServer server;
  const Service service(&server, &redis);
  const LogFile log;
  Child api({APP_BINARY, "serve", "--port", "0"}, service.logging_to(log));
  support::HttpClient client(log.port());
  const auto created = client.request("POST", "/api/v1/auth/register",
                                      R"({"email": "ada@example.com", "password": "analytical"})");
  CHECK(created.status == 201);
  const LogFile worker_log;
  Child worker({APP_BINARY, "worker"}, service.logging_to(worker_log));
  const auto mail = Json::parse(server.next());
  CHECK(mail["rcpt_tos"] == R"(["ada@example.com"])"_json);
  for (auto* process : {&worker, &api}) {
    process->signal(SIGTERM);
    CHECK(process->wait() == 0);
  }
  CHECK(redis.ask({"LLEN", "default"}) == "0\n");
  CHECK(redis.ask({"HLEN", "unacked"}) == "0\n");
  // The mail's id is the task's, at the sender's domain.
  const auto id = mail["headers"]["Message-ID"].str().substr(1, 36);
  CHECK(service.tasks({"show", id}).find("\"status\": \"SUCCESS\"") != std::string::npos);
  CHECK(service.tasks({"list"}).starts_with("default: 0 waiting, 0 held"));
  CHECK(service.tasks({"dead"}) == "there are no dead letters\n");
  CHECK(server.stop().empty());
}

TEST_CASE("without a mail server the welcome is a log line") {
  const Service service(nullptr, nullptr);
  const LogFile log;
  Child api({APP_BINARY, "serve", "--port", "0"}, service.logging_to(log));
  support::HttpClient client(log.port());
  CHECK(client
            .request("POST", "/api/v1/auth/register",
                     R"({"email": "ada@example.com", "password": "analytical"})")
            .status == 201);
  CHECK(log.wait_for("Welcome, ada@example.com!"));
  api.signal(SIGTERM);
  CHECK(api.wait() == 0);
  const std::string succeeded = "task succeeded task=send_welcome_email id=";
  const auto text = log.text();
  REQUIRE(text.find(succeeded) != std::string::npos);
  const auto id = text.substr(text.find(succeeded) + succeeded.size(), 36);
  CHECK(service.tasks({"show", id}).find("\"status\": \"SUCCESS\"") != std::string::npos);
  CHECK(service.tasks({"dead"}) == "there are no dead letters\n");
}

// A live database of the seed's own application is taken over: what it left was recorded by
// tests/conformance/takeover/record, and the walk is docs/operations.md's.
#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <string>
#include <vector>

#include "plinth/json.hpp"
#include "support/command.hpp"
#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"
#include "support/redis.hpp"

using plinth::Json;
using support::Child;
using support::CommandOptions;
using support::HttpClient;
using support::LogFile;
using support::RedisServer;
using support::run_command;
using support::TestDatabase;

namespace {

const std::string folder = PLINTH_TEST_DATA "/takeover";

std::string recorded(const std::string& name) {
  return folder + "/" + support::by_engine<std::string>("sqlite", "postgresql") + "/" + name;
}

std::vector<Json> lines_of(const std::string& file) {
  std::vector<Json> all;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) all.push_back(Json::parse(line));
  REQUIRE(!all.empty());
  return all;
}

// The seed's database, as it was left.
class SeedDatabase {
 public:
  SeedDatabase() {
    run_sql("--file=" + recorded("dump.sql"), ".read " + recorded("dump.sql"));
    options_ = {.folder = "/",  // where no .env is
                .environment = {"DATABASE_URL=" + database_.url(), "RATE_LIMIT_ENABLED=false",
                                "SECRET_KEY=the-seed-signs-with-this-secret-key"}};
  }
  void execute(const std::string& sql) const { run_sql("--command=" + sql, sql); }
  void share(const RedisServer& redis) {
    options_.environment.push_back("REDIS_URL=" + redis.url());
  }
  support::Ran migrate(std::vector<std::string> words) const {
    words.insert(words.begin(), {APP_BINARY, "migrate"});
    return run_command(words, options_);
  }
  /// Two commands: where Alembic left it has another name here, and what is new is added.
  void take_over() const {
    REQUIRE(migrate({"stamp", "--purge", "a9ec2e0b323b"}).status == 0);
    REQUIRE(migrate({"upgrade", "head"}).status == 0);
  }
  CommandOptions logging_to(const LogFile& log) const {
    auto logged = options_;
    logged.log = log.path();
    return logged;
  }

 private:
  void run_sql(const std::string& word_of_psql, const std::string& word_of_sqlite3) const {
    const std::string scheme = "sqlite:///";
    const auto ran =
        support::on_postgresql()
            ? run_command({"psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", word_of_psql,
                           database_.direct_url()})
            : run_command({"sqlite3", database_.url().substr(scheme.size()), word_of_sqlite3});
    CAPTURE(ran.err);
    REQUIRE(ran.status == 0);
  }

  TestDatabase database_{support::Place::disk};
  CommandOptions options_;
};

std::string credentials(const std::string& email, const std::string& password) {
  return Json::object({{"email", email}, {"password", password}}).dump();
}

int register_at(HttpClient& client, const std::string& email) {
  return client.request("POST", "/api/v1/auth/register", credentials(email, "a password of eight"))
      .status;
}

// A user as /me shows them; the seed's SQLite says no time zone, which is a recorded deviation.
Json shown(Json me) {
  auto created_at = me["created_at"].str();
  if (!created_at.ends_with('Z')) created_at += 'Z';
  me["created_at"] = created_at;
  return me;
}

// Debian's Celery, with the seed's task.
CommandOptions python_options(const RedisServer& redis, const LogFile* log = nullptr) {
  return {.folder = folder,
          .environment = {"REDIS_URL=" + redis.url(), "PYTHONDONTWRITEBYTECODE=1"},
          .log = log ? log->path() : std::string()};
}

std::vector<std::string> python_worker() {
  return {
      "/usr/bin/python3", "-m", "celery", "-A", "jobs", "worker", "-P", "solo", "-l", "info", "-n",
      "python@seed",      "-Q", "default"};
}

std::string call_from_python(const RedisServer& redis, const std::string& email) {
  const auto ran = run_command(
      {"/usr/bin/python3", "-c",
       "import sys, jobs; print(jobs.send_welcome_email.delay(sys.argv[1]).get(timeout=60))",
       email},
      python_options(redis));
  return ran.out + ran.err;
}

}  // namespace

TEST_CASE("users of the seed log in with their passwords, and their tokens are good") {
  const SeedDatabase database;
  const auto unknown = database.migrate({"upgrade", "head"});
  CHECK(unknown.status == 255);
  CHECK(unknown.err.find("stamp --purge <revision>") != std::string::npos);
  database.take_over();
  CHECK(database.migrate({"check"}).status == 0);

  const LogFile log;
  Child api({APP_BINARY, "serve", "--port", "0"}, database.logging_to(log));
  HttpClient client(log.port());
  for (const auto& user : lines_of(recorded("users.jsonl"))) {
    const auto& email = user["email"].str();
    CAPTURE(email);
    const auto me = client.request("GET", "/api/v1/users/me", {}, user["token"].str());
    CHECK(me.status == 200);
    CHECK(Json::parse(me.body) == shown(user["me"]));
    CHECK(client.request("GET", "/api/v1/users/me", {}, user["expired"].str()).status == 401);
    for (int times = 0; times < 2; ++times) {  // the first login may renew the hash
      const auto login =
          client.request("POST", "/api/v1/auth/login", credentials(email, user["password"].str()));
      CHECK(login.status == 200);
    }
    CHECK(client.request("POST", "/api/v1/auth/login", credentials(email, "another")).status ==
          401);
  }
  CHECK(register_at(client, "ada@example.com") == 400);
  CHECK(register_at(client, "GRACE.hopper@example.com") == 400);
  CHECK(register_at(client, "new@example.com") == 201);
}

TEST_CASE("the seed's application may write into the tables beside ours, and after us") {
  const SeedDatabase database;
  database.take_over();
  const auto ada = lines_of(recorded("users.jsonl")).front();
  // What SQLAlchemy says for the seed's model, with a hash that passlib made of "secret".
  database.execute(
      "INSERT INTO users (email, hashed_password, is_active) VALUES ('python@example.com', "
      "'$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW', true)");
  const LogFile log;
  Child api({APP_BINARY, "serve", "--port", "0"}, database.logging_to(log));
  HttpClient client(log.port());
  CHECK(client.request("POST", "/api/v1/auth/login", credentials("python@example.com", "secret"))
            .status == 200);
  const auto me = client.request("GET", "/api/v1/users/me", {}, ada["token"].str());
  CHECK(me.status == 200);
  // The way back that keeps nothing of ours, for whom the tables must be as Alembic knows them.
  api.signal(SIGTERM);
  CHECK(api.wait() == 0);
  CHECK(database.migrate({"downgrade", "a9ec2e0b323b"}).status == 0);
  database.execute(
      "INSERT INTO users (email, hashed_password, is_active) VALUES ('later@example.com', 'x', "
      "true)");
}

TEST_CASE(
    "two addresses that differ in letter case alone stop the walk, and nothing is half done") {
  const SeedDatabase database;
  database.execute(
      "INSERT INTO users (email, hashed_password, is_active) VALUES ('ADA@example.com', 'x', "
      "true)");
  REQUIRE(database.migrate({"stamp", "--purge", "a9ec2e0b323b"}).status == 0);
  const auto refused = database.migrate({"upgrade", "head"});
  CHECK(refused.status == 1);
  CAPTURE(refused.err);
  CHECK(refused.err.find("uq_users_email_lower") != std::string::npos);
  database.execute("UPDATE users SET email = 'ada+2@example.com' WHERE email = 'ADA@example.com'");
  CHECK(database.migrate({"upgrade", "head"}).status == 0);
}

TEST_CASE("tasks flow both ways between Python's Celery and the application") {
  const RedisServer redis;
  SeedDatabase database;
  database.share(redis);
  database.take_over();
  const auto left = lines_of(recorded("messages.jsonl"));
  for (const auto& message : left) redis.ask({"RPUSH", "default", message.dump()});

  const LogFile log;
  Child api({APP_BINARY, "serve", "--port", "0"}, database.logging_to(log));
  HttpClient client(log.port());
  const LogFile python_log;
  const LogFile worker_log;
  {
    // What Python has left in the queue, and what it sends now.
    Child worker({APP_BINARY, "worker"}, database.logging_to(worker_log));
    for (const auto* email : {"ada", "kurz", "long"}) {
      CHECK(worker_log.wait_for(std::string("Welcome, ") + email + "@example.com!"));
    }
    CHECK(call_from_python(redis, "from-python@example.com") == "None\n");
    CHECK(worker_log.text().find("Welcome, from-python@example.com!") != std::string::npos);
    // Both beside each other, as while the one takes the other's place.
    Child python(python_worker(), python_options(redis, &python_log));
    CHECK(python_log.wait_for("python@seed ready"));
    worker.signal(SIGTERM);
    CHECK(worker.wait() == 0);
    CHECK(register_at(client, "to-python@example.com") == 201);
    CHECK(python_log.wait_for("Welcome, to-python@example.com!"));
    python.signal(SIGTERM);
    CHECK(python.wait() == 0);
  }
  for (const auto& message : left) {
    const auto id = message["headers"]["id"].str();
    const auto result = Json::parse(redis.ask({"GET", "celery-task-meta-" + id}));
    CHECK(result["status"] == "SUCCESS");
  }
  CHECK(redis.ask({"LLEN", "default"}) == "0\n");
}

// The binary itself, started with a database that is behind its migrations, or not.
#include <doctest/doctest.h>
#include <signal.h>

#include <string>

#include "support/command.hpp"
#include "support/database.hpp"
#include "support/log_file.hpp"

using support::Child;
using support::CommandOptions;
using support::LogFile;
using support::run_command;
using support::TestDatabase;

namespace {

CommandOptions environment(const TestDatabase& database, const std::string& env) {
  return {.folder = "/",  // where no .env is
          .environment = {"ENV=" + env, "DATABASE_URL=" + database.url(), "DEBUG=false",
                          "SECRET_KEY=0123456789abcdef0123456789abcdef",
                          "CORS_ORIGINS=[\"https://app.example.com\"]"}};
}

}  // namespace

TEST_CASE(
    "in production a database behind the migrations is not served, and the log says what to do") {
  const TestDatabase database(support::Place::disk);
  const auto production = environment(database, "production");
  const auto refused = run_command({APP_BINARY, "serve", "--port", "0"}, production);
  CHECK(refused.status == 1);
  CHECK(refused.err.find("the database is not at the last migration") != std::string::npos);
  CHECK(refused.err.find("app migrate upgrade head") != std::string::npos);

  const auto doctor = run_command({APP_BINARY, "doctor"}, production);
  CHECK(doctor.status == 1);
  CHECK(doctor.out.find("fix: run: app migrate upgrade head") != std::string::npos);

  CHECK(run_command({APP_BINARY, "migrate", "upgrade", "head"}, production).status == 0);
  CHECK(run_command({APP_BINARY, "doctor"}, production).status == 0);
  const LogFile log;
  auto logged = production;
  logged.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0"}, logged);
  CHECK(log.port() != 0);
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("a database that cannot be reached is one clear line, without its password") {
  auto unreachable = environment(TestDatabase(), "production");
  unreachable.environment.push_back("DATABASE_URL=postgresql://ada:secret@127.0.0.1:1/app");
  const LogFile log;
  unreachable.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0"}, unreachable);
  CHECK(log.port() != 0);
  CHECK(log.wait_for("the database cannot be reached"));
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
  CHECK(log.text().find("cannot connect to PostgreSQL at 127.0.0.1:1") != std::string::npos);
  CHECK(log.text().find("secret") == std::string::npos);
}

TEST_CASE("doctor says what is wrong with the mail server, and no password") {
  const TestDatabase database(support::Place::disk);
  auto settings = environment(database, "local");
  CHECK(run_command({APP_BINARY, "migrate", "upgrade", "head"}, settings).status == 0);
  auto doctor = run_command({APP_BINARY, "doctor"}, settings);
  CHECK(doctor.status == 0);
  CHECK(doctor.out.find("SMTP_URL      is not set: mails are log lines") != std::string::npos);

  settings.environment.push_back("SMTP_URL=smtp://shop:hush@mail.example.com");
  doctor = run_command({APP_BINARY, "doctor"}, settings);
  CHECK(doctor.status == 0);
  CHECK(doctor.out.find("warning  MAIL_FROM     is the default") != std::string::npos);

  settings.environment.push_back("MAIL_FROM=shop");
  doctor = run_command({APP_BINARY, "doctor"}, settings);
  CHECK(doctor.status == 1);
  CHECK(doctor.out.find("MAIL_FROM: \"shop\" is no address") != std::string::npos);

  settings.environment.back() = "SMTP_URL=smtp://shop:hush@mail.example.com?starttls=off";
  doctor = run_command({APP_BINARY, "doctor"}, settings);
  CHECK(doctor.status == 1);
  CHECK(doctor.out.find("starttls=off would send the password to mail.example.com") !=
        std::string::npos);
  CHECK(doctor.out.find("hush") == std::string::npos);
}

TEST_CASE("healthcheck fails where nothing is served, and passes where something is") {
  const TestDatabase database(support::Place::disk);
  auto local = environment(database, "local");
  CHECK(run_command({APP_BINARY, "migrate", "upgrade", "head"}, local).status == 0);
  const LogFile log;
  auto serving = local;
  serving.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0"}, serving);
  const auto url = "http://127.0.0.1:" + std::to_string(log.port());
  const auto ask = [&](const std::string& path) {
    return run_command({APP_BINARY, "healthcheck", "--url", url + path}, local);
  };
  CHECK(ask("/health").status == 0);
  CHECK(ask("/health").out == url + "/health: 200\n");
  CHECK(ask("/nowhere").status == 1);
  CHECK(ask("/nowhere").err == url + "/nowhere: 404\n");
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
  const auto refused = ask("/health");
  CHECK(refused.status == 1);
  CHECK(refused.err.find(url + "/health: ") == 0);
  CHECK(run_command({APP_BINARY, "healthcheck", "--url", "no url"}, local).status == 2);
}

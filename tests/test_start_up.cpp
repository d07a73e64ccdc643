// The binary itself, started with a database that is behind its migrations, or not.
#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "support/command.hpp"
#include "support/database.hpp"

using support::Child;
using support::CommandOptions;
using support::run_command;
using support::TestDatabase;

namespace {

CommandOptions environment(const TestDatabase& database, const std::string& env) {
  return {.folder = "/",  // where no .env is
          .environment = {"ENV=" + env, "DATABASE_URL=" + database.url(), "DEBUG=false",
                          "SECRET_KEY=0123456789abcdef0123456789abcdef",
                          "CORS_ORIGINS=[\"https://app.example.com\"]"}};
}

// A log that grows while it is read, and is gone after the test.
class Log {
 public:
  Log() { ::close(::mkstemp(path_.data())); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }
  bool says(const std::string& what) const {
    std::ifstream file(path_);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.find(what) != std::string::npos;
  }

 private:
  std::string path_ = "/tmp/plinth-XXXXXX";
};

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
  const Log log;
  auto logged = production;
  logged.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0"}, logged);
  while (!log.says("serving") && server.running()) ::usleep(10'000);
  CHECK(server.running());
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("a database that cannot be reached ends the start with one clear line") {
  auto unreachable = environment(TestDatabase(), "production");
  unreachable.environment.push_back("DATABASE_URL=postgresql://ada:secret@127.0.0.1:1/app");
  const auto refused = run_command({APP_BINARY, "serve", "--port", "0"}, unreachable);
  CHECK(refused.status == 1);
  CHECK(refused.err.find("cannot connect to PostgreSQL at 127.0.0.1:1") != std::string::npos);
  CHECK(refused.err.find("secret") == std::string::npos);
}

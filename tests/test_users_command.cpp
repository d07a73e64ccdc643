// `app users`, as an operator runs it.
#include <doctest/doctest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "support/command.hpp"
#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"
#include "support/terminal.hpp"

using support::Child;
using support::CommandOptions;
using support::LogFile;
using support::Ran;
using support::run_command;
using support::Terminal;
using support::TestDatabase;

namespace {

class Operator {
 public:
  Operator() {
    REQUIRE(run_command({APP_BINARY, "migrate", "upgrade", "head"}, options_).status == 0);
  }

  const CommandOptions& options() const { return options_; }
  Ran users(std::vector<std::string> words) const {
    words.insert(words.begin(), {APP_BINARY, "users"});
    return run_command(words, options_);
  }
  Ran create_admin(const std::string& email, const std::string& password) const {
    auto with_password = options_;
    with_password.environment.push_back("TYPED=" + password);
    return run_command({"sh", "-c",
                        "printf '%s\\n' \"$TYPED\" | \"$0\" users create-admin --email \"$1\" "
                        "--password-stdin",
                        APP_BINARY, email},
                       with_password);
  }

 private:
  TestDatabase database_{support::Place::disk};
  CommandOptions options_{.folder = "/",  // where no .env is
                          .environment = {"DATABASE_URL=" + database_.url()}};
};

}  // namespace

TEST_CASE("an administrator's password is typed twice, and seen by nobody") {
  const Operator at;
  Terminal terminal({APP_BINARY, "users", "create-admin", "--email", "ada@example.com"},
                    at.options().environment);
  REQUIRE(terminal.wait_for("Password: "));
  terminal.type("analytical\n");
  REQUIRE(terminal.wait_for("The same again: "));
  terminal.type("analytical\n");
  CHECK(terminal.wait_for("created the administrator ada@example.com"));
  CHECK(terminal.wait() == 0);
  CHECK(terminal.screen().find("analytical") == std::string::npos);
  CHECK(at.users({"list"}).out == "1\tada@example.com\tadmin\tactive\n");
}

TEST_CASE("two different passwords, and none, make no administrator") {
  const Operator at;
  Terminal differing({APP_BINARY, "users", "create-admin", "--email", "ada@example.com"},
                     at.options().environment);
  REQUIRE(differing.wait_for("Password: "));
  differing.type("analytical\n");
  REQUIRE(differing.wait_for("The same again: "));
  differing.type("Analytical\n");
  CHECK(differing.wait_for("the two passwords are not the same"));
  CHECK(differing.wait() == 1);

  Terminal interrupted({APP_BINARY, "users", "create-admin", "--email", "ada@example.com"},
                       at.options().environment);
  REQUIRE(interrupted.wait_for("Password: "));
  interrupted.type("\x03");  // Ctrl-C
  CHECK(interrupted.wait() == 128 + SIGINT);

  CHECK(at.create_admin("ada@example.com", "").status == 1);
  CHECK(at.users({"list"}).out == "");
}

TEST_CASE("an administrator is made by the rules of the API, and logs in") {
  const Operator at;
  const auto brief = at.create_admin("ada@example.com", "1234567");
  CHECK(brief.status == 1);
  CHECK(brief.err == "password: String should have at least 8 characters\n");
  CHECK(at.create_admin("no address", "analytical").status == 1);

  const auto made = at.create_admin("ada@example.com", "analytical");
  CHECK(made.err == "");
  CHECK(made.status == 0);
  const auto again = at.create_admin("ADA@example.com", "analytical");
  CHECK(again.status == 1);
  CHECK(again.err ==
        "ADA@example.com has an account already; make it an administrator with: "
        "app users set-role ADA@example.com admin\n");

  const LogFile log;
  auto logged = at.options();
  logged.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0"}, logged);
  support::HttpClient client(log.port());
  const auto ada = R"({"email": "ada@example.com", "password": "analytical"})";
  CHECK(client.request("POST", "/api/v1/auth/login", ada).status == 200);
  // Also the last one: the operator can make another.
  CHECK(at.users({"disable", "ada@example.com"}).out == "ada@example.com: admin, disabled\n");
  CHECK(client.request("POST", "/api/v1/auth/login", ada).status == 401);
  CHECK(at.users({"enable", "ada@example.com"}).out == "ada@example.com: admin, active\n");
  CHECK(client.request("POST", "/api/v1/auth/login", ada).status == 200);
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("roles are set, and users listed by them") {
  const Operator at;
  CHECK(at.create_admin("ada@example.com", "analytical").status == 0);
  CHECK(at.create_admin("bob@example.com", "analytical").status == 0);
  CHECK(at.users({"set-role", "bob@example.com", "user"}).out == "bob@example.com: user, active\n");
  CHECK(at.users({"list", "--role", "user"}).out == "2\tbob@example.com\tuser\tactive\n");
}

TEST_CASE("a wrong command line says what is right") {
  const Operator at;
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"promote"},
      {"create-admin"},
      {"create-admin", "--email", "ada@example.com", "--password", "analytical"},
      {"disable"},
      {"set-role", "ada@example.com"},
      {"set-role", "ada@example.com", "root"}};
  for (const auto& words : wrong) {
    const auto ran = at.users(words);
    CHECK(ran.status == 2);
    CHECK(ran.err.starts_with(std::string(APP_BINARY) + " users: "));
  }
  const auto nobody = at.users({"disable", "eve@example.com"});
  CHECK(nobody.status == 1);
  CHECK(nobody.err == "no user has the address eve@example.com\n");

  const TestDatabase empty(support::Place::disk);
  const auto unmigrated =
      run_command({APP_BINARY, "users", "list"},
                  {.folder = "/", .environment = {"DATABASE_URL=" + empty.url()}});
  CHECK(unmigrated.status == 1);
  CHECK(unmigrated.err.ends_with("is the database migrated? app migrate upgrade head\n"));

  const auto help = run_command({APP_BINARY, "--help"});
  CHECK(help.out.find("\n  users       look after users") != std::string::npos);
}

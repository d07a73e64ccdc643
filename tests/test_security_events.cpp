// What the log of a served application says of its logins and tokens.
#include <doctest/doctest.h>

#include <string>

#include "plinth/json.hpp"
#include "support/command.hpp"
#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"

using namespace plinth;
using support::Child;
using support::CommandOptions;
using support::HttpClient;
using support::LogFile;

TEST_CASE("logins, reuse, log-out and refusals are security events, and no token is in the log") {
  const support::TestDatabase database(support::Place::disk);
  CommandOptions options{.folder = "/",  // where no .env is
                         .environment = {"DATABASE_URL=" + database.url()}};
  REQUIRE(support::run_command({APP_BINARY, "migrate", "upgrade", "head"}, options).status == 0);
  const LogFile log;
  options.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0"}, options);
  HttpClient client(log.port());
  const auto post = [&](std::string_view path, std::string_view body,
                        std::string_view bearer = {}) {
    return client.request("POST", "/api/v1/auth/" + std::string(path), body, bearer);
  };
  const auto body_of = [](const support::HttpReply& reply) { return Json::parse(reply.body); };

  constexpr auto ada =
      R"({"email": "ada@example.com", "password": "analytical", "scope": "offline_access"})";
  CHECK(post("register", ada).status == 201);
  CHECK(post("login", R"({"email": "ada@example.com", "password": "hunter22"})").status == 401);
  CHECK(log.wait_for("event=authn_login_fail"));
  const auto first = body_of(post("login", ada));
  CHECK(log.wait_for("event=authn_login_success user=1"));

  const auto used = Json::object({{"refresh_token", first["refresh_token"]}}).dump();
  const auto second = body_of(post("refresh", used));
  CHECK(log.wait_for("event=session_renewed user=1"));
  CHECK(post("refresh", used).status == 401);
  CHECK(log.wait_for("event=authn_token_reuse user=1"));
  CHECK(post("logout", "{}", second["access_token"].str()).status == 401);
  CHECK(log.wait_for("event=authn_token_fail user=1"));

  const auto third = body_of(post("login", ada))["access_token"].str();
  CHECK(post("logout", "{}", third).status == 204);
  CHECK(log.wait_for("event=authn_token_revoked user=1"));

  const auto text = log.text();
  for (const auto& secret : {first["refresh_token"].str(), second["refresh_token"].str(),
                             second["access_token"].str(), third, std::string("hunter22")}) {
    CHECK(text.find(secret) == std::string::npos);
  }
}

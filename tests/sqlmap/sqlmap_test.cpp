// sqlmap against the running application: every string that any operation of its OpenAPI document
// takes, and the header fields that it reads. About a minute an engine at its lowest level;
// PLINTH_SQLMAP_LEVEL=5 tries everything that sqlmap knows, for hours.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schema_values.hpp"
#include "support/command.hpp"
#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"
#include "support/temporary_folder.hpp"

using namespace app;
using plinth::Json;

namespace {

constexpr std::string_view password = "correct horse battery";

struct Target {
  std::string method;
  std::string path;  // sqlmap tries whatever stands where a '*' is
  std::string body = {};
};

// Marks every text of a value; what must be an address stays one in front of the mark.
Json marked(Json value) {
  if (value.is_string()) return value.str() + "*";
  if (value.is_array()) {
    for (auto& item : value.items()) item = marked(std::move(item));
  }
  if (value.is_object()) {
    for (auto& [name, member] : value.members()) member = marked(std::move(member));
  }
  return value;
}

// A path that names nobody, so that no account is changed or deleted by it.
std::string path_of(std::string path, const Json& operation) {
  for (auto at = path.find('{'); at != path.npos; at = path.find('{')) {
    path.replace(at, path.find('}', at) - at + 1, "999999*");
  }
  std::string query;
  if (const auto* parameters = operation.find("parameters")) {
    for (const auto& parameter : parameters->items()) {
      if (parameter["in"] == "query") query += "&" + parameter["name"].str() + "=1*";
    }
  }
  return query.empty() ? path : path + "?" + query.substr(1);
}

std::vector<Target> targets_of(const Json& document) {
  SchemaValues values(document, 7);
  std::vector<Target> targets;
  for (const auto& [path, item] : document["paths"].members()) {
    for (const auto& [name, operation] : item.members()) {
      std::string method = name;
      std::ranges::transform(method, method.begin(),
                             [](char c) { return static_cast<char>(c - 32); });
      Target target{method, path_of(path, operation)};
      if (const auto* body = operation.find("requestBody")) {
        if (const auto* media = (*body)["content"].find("application/json")) {
          target.body = marked(values.good((*media)["schema"])).dump();
        }
      }
      const bool has_mark = (target.path + target.body).find('*') != std::string::npos;
      if (has_mark) targets.push_back(std::move(target));
    }
  }
  return targets;
}

std::string level() {
  const char* wanted = std::getenv("PLINTH_SQLMAP_LEVEL");
  return wanted ? wanted : "1";
}

// What sqlmap says of this target.
std::string ask_sqlmap(std::uint16_t port, const Target& target, const std::string& headers) {
  const support::TemporaryFolder folder;
  std::vector<std::string> command = {"sqlmap",
                                      "-u",
                                      "http://127.0.0.1:" + std::to_string(port) + target.path,
                                      "--method",
                                      target.method,
                                      "--headers",
                                      headers,
                                      "--batch",
                                      "--disable-coloring",
                                      "--output-dir",
                                      folder.path(),
                                      "--ignore-code",
                                      "*",
                                      "--level",
                                      level(),
                                      "--dbms",
                                      support::by_engine<std::string>("SQLite", "PostgreSQL"),
                                      "--threads",
                                      "2"};
  if (!target.body.empty()) command.insert(command.end(), {"--data", target.body});
  // What takes its time to answer proves nothing on a busy machine.
  if (level() == "1") command.insert(command.end(), {"--technique", "BEU"});
  const auto ran = support::run_command(command, {.folder = folder.path()});
  return ran.out + ran.err;
}

bool found(const std::string& report) {
  return report.find("is vulnerable") != std::string::npos ||
         report.find("identified the following injection point") != std::string::npos;
}

class Served {
 public:
  Served()
      : options_{.folder = "/",
                 .environment = {"DATABASE_URL=" + database_.url(), "RATE_LIMIT_ENABLED=false",
                                 "PASSWORD_HASH=argon2id"}} {
    REQUIRE(support::run_command({APP_BINARY, "migrate", "upgrade", "head"}, options_).status == 0);
    auto with_password = options_;
    with_password.environment.push_back("TYPED=" + std::string(password));
    REQUIRE(support::run_command({"sh", "-c",
                                  "echo \"$TYPED\" | \"$0\" users create-admin --email "
                                  "root@example.com --password-stdin",
                                  APP_BINARY},
                                 with_password)
                .status == 0);
    options_.log = log_.path();
    child_ = std::make_unique<support::Child>(
        std::vector<std::string>{APP_BINARY, "serve", "--port", "0"}, options_);
    port_ = log_.port();
    const auto answer = client().request(
        "POST", "/api/v1/auth/login",
        R"({"email": "root@example.com", "password": ")" + std::string(password) + "\"}");
    token_ = Json::parse(answer.body)["access_token"].str();
  }

  std::uint16_t port() const { return port_; }
  support::HttpClient client() const { return support::HttpClient(port_); }
  const std::string& token() const { return token_; }

 private:
  support::TestDatabase database_{support::Place::disk};
  support::CommandOptions options_;
  support::LogFile log_;
  std::unique_ptr<support::Child> child_;
  std::uint16_t port_ = 0;
  std::string token_;
};

bool has_sqlmap() { return support::run_command({"sqlmap", "--version"}).status == 0; }

}  // namespace

TEST_CASE("sqlmap finds the hole of a server that has one" * doctest::skip(!has_sqlmap())) {
  support::Child server({"/usr/bin/python3", SQLMAP_FOLDER "/injectable.py"});
  const auto port = static_cast<std::uint16_t>(std::stoi(server.read_line()));
  const Target target{"POST", "/login", R"({"email":"ada@example.com*","password":"x"})"};
  CHECK(found(ask_sqlmap(port, target, "Content-Type: application/json")));
}

TEST_CASE("sqlmap finds nothing in any operation" * doctest::skip(!has_sqlmap())) {
  const Served served;
  const auto document = Json::parse(served.client().request("GET", "/openapi.json").body);
  const auto targets = targets_of(document);
  CHECK(targets.size() > 10);
  for (const auto& target : targets) {
    CAPTURE(target.method);
    CAPTURE(target.path);
    const auto report =
        ask_sqlmap(served.port(), target,
                   "Content-Type: application/json\nAuthorization: Bearer " + served.token());
    CAPTURE(report);
    CHECK_FALSE(found(report));
    CHECK(report.find("do not appear to be injectable") != std::string::npos);
  }
  CHECK(served.client().request("GET", "/api/v1/users/me", {}, served.token()).status == 200);
}

TEST_CASE("sqlmap finds nothing in header fields" * doctest::skip(!has_sqlmap())) {
  const Served served;
  const auto report = ask_sqlmap(
      served.port(), {"POST", "/api/v1/auth/register", R"({"email":"a","password":"b"})"},
      "Content-Type: application/json\nIdempotency-Key: abc*\nX-Request-ID: abc*\n"
      "If-Match: abc*\nX-Forwarded-For: 1.2.3.4*\nAuthorization: Bearer a.b.c*");
  CAPTURE(report);
  CHECK_FALSE(found(report));
  CHECK(report.find("do not appear to be injectable") != std::string::npos);
}

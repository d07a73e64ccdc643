// Secrets reach no log, no answer, no figure: canaries are sent wherever a secret can stand, and
// then looked for in all that comes out.
#include <doctest/doctest.h>
#include <signal.h>

#include <string>
#include <string_view>
#include <vector>

#include "plinth/json.hpp"
#include "support/command.hpp"
#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"

using plinth::Json;
using support::Child;
using support::CommandOptions;
using support::HttpClient;
using support::HttpReply;
using support::LogFile;
using support::run_command;
using support::TestDatabase;

namespace {

constexpr auto canary = "c4n4ry-0123456789-0123456789-0123456789";

bool sings(std::string_view text) { return text.find("c4n4ry") != std::string_view::npos; }

CommandOptions environment(const TestDatabase& database) {
  const std::string secret = canary;
  return {.folder = "/",  // where no .env is
          .environment = {"DATABASE_URL=" + database.url(), "SECRET_KEY=" + secret,
                          "SMTP_URL=smtp://shop:" + secret + "@127.0.0.1:1", "LOG_LEVEL=debug"}};
}

bool is_secret_member(std::string_view name) {
  return name.find("password") != std::string_view::npos ||
         name.find("token") != std::string_view::npos ||
         name.find("secret") != std::string_view::npos;
}

// A body that is wrong, whose secrets are canaries: what is no secret has no right type.
Json wrong_body(const Json& schema) {
  Json body = Json::Object{};
  for (const auto& [name, ignored] : schema["properties"].members()) {
    body[name] = is_secret_member(name) ? Json(canary) : Json(Json::Array{7});
  }
  return body;
}

// Asks, and listens to the answer.
class Asker {
 public:
  explicit Asker(std::uint16_t port) : client_(port) {}

  HttpReply ask(std::string_view method, const std::string& target, const std::string& body = {},
                std::string_view bearer = {}, std::string_view fields = {}) {
    CAPTURE(method);
    CAPTURE(target);
    CAPTURE(body);
    auto reply = client_.request(method, target, body, bearer, fields);
    CHECK(reply.status != 0);
    CHECK(reply.status != 500);
    CHECK_FALSE(sings(reply.head));
    CHECK_FALSE(sings(reply.body));
    ++asked;
    return reply;
  }
  void ask_wrongly(std::string_view method, const std::string& path, const Json& body) {
    ask(method, path, body.dump());
    ask(method, path, Json(Json::Array{body}).dump());
    ask(method, path, Json::object({{"nested", body}, {"password", body}}).dump());
    ask(method, path, Json(body.dump()).dump());  // the object as a text
    const auto text = body.dump();
    ask(method, path, text.substr(0, text.size() - 1));
  }

  int asked = 0;

 private:
  HttpClient client_;
};

// Every operation that takes a body, as the document tells.
void ask_all_operations(Asker& asker) {
  const auto document = Json::parse(asker.ask("GET", "/openapi.json").body);
  const auto& schemas = document["components"]["schemas"];
  int operations = 0;
  for (const auto& [path, methods] : document["paths"].members()) {
    for (const auto& [method, operation] : methods.members()) {
      if (!operation.contains("requestBody")) continue;
      const auto& content = operation["requestBody"]["content"];
      if (!content.contains("application/json")) continue;
      const auto* reference = content["application/json"]["schema"].find("$ref");
      if (!reference) continue;
      constexpr std::string_view prefix = "#/components/schemas/";
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(c - ('a' - 'A'));
      asker.ask_wrongly(upper, path, wrong_body(schemas[reference->str().substr(prefix.size())]));
      ++operations;
    }
  }
  CHECK(operations >= 2);
}

}  // namespace

TEST_CASE("a secret that goes in does not come out") {
  const TestDatabase database(support::Place::disk);
  const auto settings = environment(database);
  REQUIRE(run_command({APP_BINARY, "migrate", "upgrade", "head"}, settings).status == 0);
  const LogFile log;
  auto logged = settings;
  logged.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0"}, logged);
  Asker asker(log.port());

  const std::string secret = canary;
  const auto user = Json::object({{"email", "ada@example.com"}, {"password", canary}}).dump();
  CHECK(asker.ask("POST", "/api/v1/auth/register", user).status == 201);
  CHECK(asker.ask("POST", "/api/v1/auth/register", user).status == 400);
  const auto login = asker.ask(
      "POST", "/api/v1/auth/login",
      Json::object(
          {{"email", "ada@example.com"}, {"password", canary}, {"scope", "offline_access"}})
          .dump());
  CHECK(login.status == 200);
  const auto wrong = Json::object({{"email", "ada@example.com"}, {"password", secret + "!"}});
  CHECK(asker.ask("POST", "/api/v1/auth/login", wrong.dump()).status == 401);
  ask_all_operations(asker);

  for (const char* fields :
       {"authorization: Basic YzRuNHJ5OmM0bjRyeQ==\r\n", "authorization: c4n4ry\r\n",
        "authorization: Bearer c4n4ry.c4n4ry.c4n4ry\r\n", "cookie: session=c4n4ry\r\n",
        "x-api-key: c4n4ry\r\n", "proxy-authorization: Bearer c4n4ry\r\n"}) {
    for (const char* path : {"/api/v1/users/me", "/api/v2/users/me", "/health", "/nowhere"}) {
      asker.ask("GET", path, {}, {}, fields);
    }
  }
  for (const char* query : {"?token=c4n4ry", "?password=c4n4ry&api_key=c4n4ry", "?%zzc4n4ry"}) {
    asker.ask("GET", std::string("/api/v1/users/me") + query);
    asker.ask("POST", std::string("/api/v1/auth/login") + query, "{");
    asker.ask("GET", std::string("/nowhere") + query);
  }
  CHECK(asker.ask("GET", "/metrics").status == 200);
  CHECK(asker.asked > 40);

  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
  const auto text = log.text();
  CHECK(text.find("POST /api/v1/auth/login 200") != std::string::npos);
  CHECK_FALSE(sings(text));
  const auto tokens = Json::parse(login.body);
  for (const char* name : {"access_token", "refresh_token"}) {
    CAPTURE(name);
    CHECK(text.find(tokens[name].str()) == std::string::npos);
  }
}

TEST_CASE("doctor and failures to start tell no password of a url") {
  const TestDatabase database(support::Place::disk);
  const std::string secret = canary;
  auto settings = environment(database);
  settings.environment.push_back("DATABASE_URL=postgresql://ada:" + secret + "@127.0.0.1:1/app");
  settings.environment.push_back("REDIS_URL=redis://:" + secret + "@127.0.0.1:1/0");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{APP_BINARY, "doctor"}, {APP_BINARY, "migrate", "current"}}) {
    const auto ran = run_command(words, settings);
    CHECK(ran.status != 0);
    CHECK((ran.out + ran.err).find("127.0.0.1") != std::string::npos);
    CHECK_FALSE(sings(ran.out));
    CHECK_FALSE(sings(ran.err));
  }
  settings.environment.push_back("DATABASE_URL=mysql://ada:" + secret + "@127.0.0.1/app");
  settings.environment.push_back("JWT_ALG=" + std::string("none"));
  const auto refused = run_command({APP_BINARY, "serve", "--port", "0"}, settings);
  CHECK(refused.status != 0);
  CHECK_FALSE(sings(refused.out));
  CHECK_FALSE(sings(refused.err));
}

// What people do with their own accounts, by real mails.
#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/services/accounts.hpp"
#include "conftest.hpp"
#include "plinth/secrets.hpp"
#include "replicas.hpp"
#include "support/http_client.hpp"
#include "support/smtp_server.hpp"

using namespace app;
using support::SmtpServer;

namespace {

constexpr auto login_url = "/api/v1/auth/login";
constexpr auto register_url = "/api/v1/auth/register";
constexpr auto reset_request_url = "/api/v1/auth/password-reset/request";
constexpr auto reset_confirm_url = "/api/v1/auth/password-reset/confirm";
constexpr auto verify_request_url = "/api/v1/auth/verify-email/request";
constexpr auto verify_confirm_url = "/api/v1/auth/verify-email/confirm";
constexpr auto bad_token = R"({"detail":"Invalid or expired token"})";
const auto ada = R"({"email": "ada@example.com", "password": "analytical"})"_json;

Settings mailing(const SmtpServer& server) {
  return {.smtp_url = server.url(),
          .mail_from = "Shop <shop@example.com>",
          .frontend_url = Url("https://app.example.com/")};
}

struct Mail {
  std::string to;
  std::string subject;
  std::string text;
  std::string token;  // of its link; "" without
};

Mail next_mail(SmtpServer& server) {
  const auto mail = Json::parse(server.next());
  Mail read{.to = mail["rcpt_tos"][0].str(),
            .subject = mail["headers"]["Subject"].str(),
            .text = mail["bodies"]["text/plain"].str(),
            .token = {}};
  constexpr std::string_view before = "?token=";
  if (const auto at = read.text.find(before); at != std::string::npos) {
    read.token = read.text.substr(at + before.size(), 43);
  }
  return read;
}

// Past the welcome.
Mail next_mail(SmtpServer& server, std::string_view subject) {
  auto mail = next_mail(server);
  while (mail.subject != subject) mail = next_mail(server);
  return mail;
}

Json email(std::string_view address) { return Json::object({{"email", address}}); }
Json reset(std::string_view token, std::string_view password) {
  return Json::object({{"token", token}, {"new_password", password}});
}
Json login_of(std::string_view password) {
  return Json::object({{"email", "ada@example.com"}, {"password", password}});
}

// Every text of every row of a table, one after the other.
std::string dump(App& app, std::string_view table) {
  return run([](Engine& engine, std::string statement) -> Task<std::string> {
    auto session = engine.session();
    const auto result = co_await session.execute(text(std::move(statement)));
    std::string all;
    for (const auto& row : result.rows) {
      for (const auto& value : row) {
        if (const auto* field = std::get_if<std::string>(&value)) all += *field + "\n";
        if (const auto* field = std::get_if<Bytes>(&value)) all += field->data + "\n";
        if (const auto* field = std::get_if<Json>(&value)) all += field->dump() + "\n";
      }
    }
    co_return all;
  }(app.provided<Engine>(), "SELECT * FROM " + std::string(table)));
}

using Order = Task<std::optional<std::string>> (*)(Session& session, std::string email,
                                                   Seconds lifetime);

// The token that the mail would carry.
std::optional<std::string> ordered(App& app, Order order, std::string_view address) {
  return run([](Engine& engine, Order make, std::string to) -> Task<std::optional<std::string>> {
    auto session = engine.session();
    co_return co_await make(session, to, {3600});
  }(app.provided<Engine>(), order, std::string(address)));
}

}  // namespace

TEST_CASE("who asks for a mail gets one answer, whoever the address belongs to") {
  auto app = create_test_app();
  auto client = TestClient(app);
  CHECK(client.post(register_url, ada).status == 201);
  CHECK(client.post(register_url, R"({"email": "off@example.com", "password": "analytical"})"_json)
            .status == 201);
  change_users(app, "UPDATE users SET is_active = false WHERE email = 'off@example.com'");
  // A table that is not there cannot be looked at: the request knows nothing it could tell.
  change_users(app, "ALTER TABLE users RENAME TO hidden_users");
  for (auto url : {reset_request_url, verify_request_url}) {
    for (auto address : {"ada@example.com", "nobody@example.com", "off@example.com"}) {
      const auto answer = client.post(url, email(address));
      CHECK(answer.status == 202);
      CHECK(answer.text == R"({"message":"If the address has an account, a mail is on its way"})");
    }
  }
}

TEST_CASE("only an active user is sent a token, and to prove an address only once") {
  auto app = create_test_app();
  auto client = TestClient(app);
  client.post(register_url, ada);
  CHECK_FALSE(ordered(app, &order_password_reset, "nobody@example.com"));
  CHECK_FALSE(ordered(app, &order_verification, "nobody@example.com"));
  CHECK(ordered(app, &order_password_reset, "ADA@example.com"));

  const auto token = ordered(app, &order_verification, "ada@example.com");
  REQUIRE(token);
  CHECK(client.post(verify_confirm_url, Json::object({{"token", *token}})).status == 200);
  CHECK_FALSE(ordered(app, &order_verification, "ada@example.com"));

  const auto pending = ordered(app, &order_password_reset, "ada@example.com");
  change_users(app, "UPDATE users SET is_active = false");
  CHECK_FALSE(ordered(app, &order_password_reset, "ada@example.com"));
  CHECK(client.post(reset_confirm_url, reset(*pending, "other password")).text == bad_token);
}

TEST_CASE("a reset token sets a password once") {
  auto app = create_test_app();
  auto client = TestClient(app);
  client.post(register_url, ada);
  const auto token = *ordered(app, &order_password_reset, "ada@example.com");

  // What is refused for another reason does not use it up.
  CHECK(client.post(reset_confirm_url, reset(token, "short")).status == 422);
  CHECK(client.post(verify_confirm_url, Json::object({{"token", token}})).text == bad_token);

  CHECK(client.post(reset_confirm_url, reset(token, "other password")).status == 200);
  CHECK(client.post(reset_confirm_url, reset(token, "third password")).text == bad_token);
  CHECK(client.post(login_url, ada).status == 401);
  CHECK(client.post(login_url, login_of("other password")).status == 200);
  // Whoever reads their mail has proven the address.
  CHECK_FALSE(ordered(app, &order_verification, "ada@example.com"));
}

TEST_CASE("of several reset tokens the newest is good, and none after the password was changed") {
  auto app = create_test_app();
  auto client = logged_in(app, "ada@example.com", "analytical");
  const auto first = *ordered(app, &order_password_reset, "ada@example.com");
  const auto second = *ordered(app, &order_password_reset, "ada@example.com");
  CHECK(client.post(reset_confirm_url, reset(first, "other password")).text == bad_token);

  const auto change =
      R"({"current_password": "analytical", "new_password": "third password"})"_json;
  CHECK(client.patch("/api/v1/users/me/password", change).status == 200);
  CHECK(client.post(reset_confirm_url, reset(second, "other password")).text == bad_token);
  CHECK(client.post(login_url, login_of("third password")).status == 200);
}

TEST_CASE("a token expires, and dies with the address it was sent to") {
  auto app = create_test_app();
  auto client = TestClient(app);
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  client.post(register_url, ada);
  const auto late = *ordered(app, &order_password_reset, "ada@example.com");
  clock.advance_seconds(3600);
  CHECK(client.post(reset_confirm_url, reset(late, "other password")).text == bad_token);

  const auto moved = *ordered(app, &order_verification, "ada@example.com");
  change_users(app, "UPDATE users SET email = 'ada@example.org'");
  CHECK(client.post(verify_confirm_url, Json::object({{"token", moved}})).text == bad_token);
}

TEST_CASE("the database knows no token, only its digest") {
  auto app = create_test_app();
  auto client = TestClient(app);
  client.post(register_url, ada);
  const auto token = *ordered(app, &order_password_reset, "ada@example.com");
  const auto rows = dump(app, "one_time_tokens");
  CHECK(rows.find(token) == std::string::npos);
  CHECK(rows.find(sha256_hex(token)) != std::string::npos);
}

TEST_CASE("what is no token is refused, whatever it is") {
  auto app = create_test_app();
  auto client = TestClient(app);
  const std::vector<std::string> tokens = {
      "", "x", std::string(200, 'x'), "' OR 1=1--", std::string("a\0b", 3), "\u00e4\U0001F600"};
  for (const auto& token : tokens) {
    CHECK(client.post(verify_confirm_url, Json::object({{"token", token}})).text == bad_token);
    CHECK(client.post(reset_confirm_url, reset(token, "other password")).text == bad_token);
  }
  const auto raw = [&](std::string body) {
    return client.request({.method = "POST",
                           .url = verify_confirm_url,
                           .body = std::move(body),
                           .content_type = "application/json"});
  };
  CHECK(raw(R"({"token": "\ud800"})").status == 422);
  CHECK(raw("{\"token\": \"\xff\"}").status == 400);
  const auto longer = raw(R"({"token": ")" + std::string(201, 'x') + "\"}");
  CHECK(longer.status == 422);
  CHECK(longer.text.find("xxx") == std::string::npos);  // not echoed
}

TEST_CASE("a password is changed by who knows it, and the client goes on") {
  auto app = create_test_app();
  auto client = logged_in(app, "ada@example.com", "analytical");
  const auto url = "/api/v1/users/me/password";
  const auto change = [](std::string_view current, std::string_view chosen) {
    return Json::object({{"current_password", current}, {"new_password", chosen}});
  };

  const auto wrong = client.patch(url, change("analytica1", "other password"));
  CHECK(wrong.status == 400);
  CHECK(wrong.text == R"({"detail":"Incorrect password"})");
  CHECK(client.patch(url, change("analytical", "short")).status == 422);
  CHECK(TestClient(app).patch(url, change("analytical", "other password")).status == 401);
  CHECK(client.post(login_url, ada).status == 200);

  const auto changed = client.patch(url, change("analytical", "other password"));
  CHECK(changed.status == 200);
  CHECK(changed.json["token_type"] == "bearer");
  auto next = TestClient(app).bearer(changed.json["access_token"].str());
  CHECK(next.get("/api/v1/users/me").status == 200);
  CHECK(client.post(login_url, ada).status == 401);
  CHECK(client.post(login_url, login_of("other password")).status == 200);
}

TEST_CASE("a password cannot be guessed by who has a token, nor a mailbox be filled") {
  auto app = create_test_app();
  auto client = logged_in(app, "ada@example.com", "analytical");
  const auto guess = R"({"current_password": "guess", "new_password": "other password"})"_json;
  for (int i = 0; i < 10; ++i) {
    CHECK(client.patch("/api/v1/users/me/password", guess).status == 400);
  }
  const auto refused = client.patch("/api/v1/users/me/password", guess);
  CHECK(refused.status == 429);
  CHECK(refused.headers.contains("retry-after"));

  for (auto url : {reset_request_url, verify_request_url}) {
    CHECK(client.post(url, email("ADA@example.com")).status == 202);
    CHECK(client.post(url, email("ada@example.com")).status == 202);
  }
  CHECK(client.post(reset_request_url, email("ada@example.com")).status == 202);
  for (auto address : {"ada@example.com", "Ada@example.com"}) {
    CHECK(client.post(reset_request_url, email(address)).status == 429);
    CHECK(client.post(verify_request_url, email(address)).status == 429);
  }
  CHECK(client.post(reset_request_url, email("bob@example.com")).status == 202);
}

TEST_CASE("/register tells nobody who has an account, if it is told to") {
  SmtpServer server;
  auto settings = mailing(server);
  settings.register_reveals_accounts = false;
  {
    TestApp app(settings);
    auto client = TestClient(app);
    const auto first = client.post(register_url, ada);
    const auto again = client.post(register_url, ada);
    CHECK(first.status == 202);
    CHECK(first.text == R"({"message":"A mail is on its way to the address"})");
    CHECK(again.status == 202);
    CHECK(again.text == first.text);
    CHECK(client.post(login_url, ada).status == 200);

    std::set<std::string> subjects;
    for (int i = 0; i < 2; ++i) {
      const auto mail = next_mail(server);
      CHECK(mail.to == "ada@example.com");
      subjects.insert(mail.subject);
    }
    CHECK(subjects == std::set<std::string>{"Welcome", "You have an account already"});
  }
  CHECK(server.stop().empty());
}

TEST_CASE("a taken address costs a /register that tells nothing as much work as a free one") {
  Settings settings;
  settings.register_reveals_accounts = false;
  settings.password_hash = "bcrypt";  // the dearer one
  TestApp app(settings);
  auto client = TestClient(app);
  // Of the processor, in all threads: what somebody else's programs do does not count.
  const auto work_of = [&](std::string_view address) {
    const auto before = std::clock();
    CHECK(client.post(register_url, Json::object({{"email", address}, {"password", "analytical"}}))
              .status == 202);
    return static_cast<double>(std::clock() - before);
  };
  const double free = work_of("ada@example.com") + work_of("bob@example.com");
  const double taken = work_of("ada@example.com") + work_of("bob@example.com");
  // Without its hash one would be a hundredth of the other.
  CHECK(taken > free / 2);
  CHECK(taken < free * 2);
}

TEST_CASE("mails prove an address, reset a password, and move an account") {
  SmtpServer server;
  auto settings = mailing(server);
  settings.verify_email_at_register = true;
  {
    TestApp app(settings);
    auto client = logged_in(app, "ada@example.com", "analytical");
    const auto proof = next_mail(server);
    CHECK(proof.to == "ada@example.com");
    CHECK(proof.subject == "Confirm your e-mail address");
    CHECK(proof.text.find("\nhttps://app.example.com/verify-email?token=" + proof.token + "\n") !=
          std::string::npos);
    CHECK(client.post(verify_confirm_url, Json::object({{"token", proof.token}})).status == 200);

    CHECK(client.post(reset_request_url, email("ADA@example.com")).status == 202);
    const auto mail = next_mail(server);
    CHECK(mail.to == "ADA@example.com");
    CHECK(mail.text.find("https://app.example.com/reset-password?token=") != std::string::npos);
    CHECK(dump(app, "plinth_tasks").find(mail.token) == std::string::npos);
    CHECK(client.post(reset_confirm_url, reset(mail.token, "other password")).status == 200);
    CHECK(next_mail(server).subject == "Your password was changed");
  }
  CHECK(server.stop().empty());
}

TEST_CASE("an account moves to an address when its mailbox says so") {
  SmtpServer server;
  {
    TestApp app(mailing(server));
    auto client = logged_in(app, "ada@example.com", "analytical");
    client.post(register_url, R"({"email": "bob@example.com", "password": "analytical"})"_json);
    const auto to = [](std::string_view address, std::string_view password) {
      return Json::object({{"new_email", address}, {"current_password", password}});
    };
    const auto url = "/api/v1/users/me/email";
    CHECK(client.post(url, to("ada@example.org", "not it")).text ==
          R"({"detail":"Incorrect password"})");
    const auto taken = client.post(url, to("bob@example.com", "analytical"));
    const auto free = client.post(url, to("ada@example.org", "analytical"));
    CHECK(taken.status == 202);
    CHECK(free.status == 202);
    CHECK(taken.text == free.text);

    const auto mail = next_mail(server, "Confirm your new e-mail address");
    CHECK(mail.to == "ada@example.org");
    CHECK(client.get("/api/v1/users/me").json["email"] == "ada@example.com");
    const auto confirm = Json::object({{"token", mail.token}});
    CHECK(client.post("/api/v1/auth/change-email/confirm", confirm).status == 200);
    CHECK(client.post("/api/v1/auth/change-email/confirm", confirm).text == bad_token);
    CHECK(client.get("/api/v1/users/me").status == 401);  // its token names the old address
    CHECK(client.post(login_url, R"({"email": "ada@example.org", "password": "analytical"})"_json)
              .status == 200);
    const auto notice = next_mail(server, "The e-mail address of your account was changed");
    CHECK(notice.to == "ada@example.com");
  }
  CHECK(server.stop().empty());
}

TEST_CASE("a token that eight clients use at the same moment is good for one") {
  const Replicas servers({"RATE_LIMIT_ENABLED=false"});
  support::HttpClient client(servers.port(0));
  REQUIRE(client.request("POST", register_url, ada.dump()).status == 201);
  Engine engine(servers.database_url());
  for (int round = 0; round < 5; ++round) {
    const auto token = run([](Engine& on) -> Task<std::string> {
      auto session = on.session();
      co_await session.execute(text("UPDATE users SET email_verified_at = NULL"));
      co_await session.commit();
      co_return (co_await order_verification(session, "ada@example.com", {3600})).value();
    }(engine));
    const auto statuses = at_once(8, [&](std::size_t thread) {
      support::HttpClient own(servers.port(thread));
      return std::vector{
          own.request("POST", verify_confirm_url, R"({"token": ")" + token + "\"}").status};
    });
    REQUIRE(std::ranges::count(statuses, 200) == 1);
    REQUIRE(std::ranges::count(statuses, 400) == 7);
  }
}

// What administrators do with users.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "conftest.hpp"
#include "replicas.hpp"
#include "support/http_client.hpp"

using namespace app;

namespace {

constexpr auto users_url = "/api/v1/users";

Json user(std::string_view email) {
  return Json::object({{"email", email}, {"password", "analytical"}});
}

// Made an administrator past the API; whoever is promoted logs in again.
TestClient logged_in_admin(App& app) {
  TestClient(app).post("/api/v1/auth/register", user("root@example.com"));
  change_users(app, "UPDATE users SET role = 'admin' WHERE email = 'root@example.com'");
  return logged_in(app, "root@example.com", "analytical");
}

}  // namespace

TEST_CASE("only administrators administer") {
  auto app = create_test_app();
  auto ada = logged_in(app, "ada@example.com", "analytical");
  for (auto client : {TestClient(app), ada}) {
    const int expected = client.get("/api/v1/users/me").status == 200 ? 403 : 401;
    CHECK(client.get(users_url).status == expected);
    CHECK(client.post(users_url, user("eve@example.com")).status == expected);
    CHECK(client.get("/api/v1/users/1").status == expected);
    CHECK(client.patch("/api/v1/users/1", R"({"role": "admin"})"_json).status == expected);
    CHECK(client.del("/api/v1/users/1").status == expected);
  }
  CHECK(logged_in_admin(app).get("/api/v1/users/1").json["role"] == "user");
}

TEST_CASE("an administrator makes, reads, changes and deletes a user") {
  auto app = create_test_app();
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto admin = logged_in_admin(app);

  const auto created = admin.post(users_url, user("ada@example.com"));
  CHECK(created.status == 201);
  CHECK(created.headers.get("location") == "/api/v1/users/2");
  const auto ada = R"({"id": 2, "email": "ada@example.com", "is_active": true,
                       "created_at": "2026-01-02T03:04:05Z", "role": "user",
                       "email_verified_at": null})"_json;
  CHECK(created.json == ada);
  CHECK(admin.get("/api/v1/users/2").json == ada);

  const auto changed =
      admin.patch("/api/v1/users/2", R"({"email": "Ada@example.com", "role": null})"_json);
  CHECK(changed.status == 200);
  CHECK(changed.json["email"] == "Ada@example.com");
  CHECK(changed.json["role"] == "user");
  CHECK(TestClient(app).post("/api/v1/auth/login", user("ada@example.com")).status == 200);

  CHECK(admin.patch("/api/v1/users/2", R"({"is_active": false})"_json).status == 200);
  CHECK(TestClient(app).post("/api/v1/auth/login", user("ada@example.com")).status == 401);

  const auto deleted = admin.del("/api/v1/users/2");
  CHECK(deleted.status == 204);
  CHECK(deleted.text == "");
  for (auto url : {"/api/v1/users/2", "/api/v1/users/0", "/api/v1/users/9223372036854775807"}) {
    CHECK(admin.get(url).text == R"({"detail":"User not found"})");
    CHECK(admin.patch(url, R"({"role": "user"})"_json).status == 404);
    CHECK(admin.del(url).status == 404);
  }
  CHECK(admin.get("/api/v1/users/9223372036854775808").status == 422);
  CHECK(admin.get("/api/v1/users/two").status == 404);
  CHECK(admin.del("/api/v1/users/me").status == 405);  // as the seed
}

TEST_CASE("a member that may not be written is refused, or of no effect") {
  auto app = create_test_app();
  auto admin = logged_in_admin(app);
  const auto forbidden = {R"("id": 7)",
                          R"("hashed_password": "x")",
                          R"("created_at": null)",
                          R"("email_verified_at": "2026-01-02T03:04:05Z")",
                          R"("tokens_valid_after": null)",
                          R"("Role": "admin")"};
  for (std::string member : forbidden) {
    CAPTURE(member);
    const auto made = admin.post(
        users_url,
        Json::parse(R"({"email": "a@example.com", "password": "analytical", )" + member + "}"));
    CHECK(made.status == 422);
    CHECK(made.json["detail"][0]["type"] == "extra_forbidden");
    CHECK(admin.patch("/api/v1/users/1", Json::parse("{" + member + "}")).status == 422);
  }
  CHECK(admin.patch("/api/v1/users/1", R"({"role": "root"})"_json).status == 422);

  // The seed's clients may send what they like to /register; it makes a plain user.
  const auto registered = TestClient(app).post(
      "/api/v1/auth/register",
      R"({"email": "eve@example.com", "password": "analytical", "id": 7, "role": "admin",
          "is_active": false, "hashed_password": "x", "email_verified_at": 1})"_json);
  CHECK(registered.json == R"({"id": 2, "email": "eve@example.com"})"_json);
  const auto eve = admin.get("/api/v1/users/2").json;
  CHECK(eve["role"] == "user");
  CHECK(eve["is_active"] == true);
  CHECK(eve["email_verified_at"].is_null());
}

TEST_CASE("a change that names what it has seen is refused when that is not so any more") {
  auto app = create_test_app();
  auto admin = logged_in_admin(app);
  CHECK(admin.post(users_url, user("ada@example.com")).status == 201);
  const auto url = "/api/v1/users/2";
  const std::string seen(admin.get(url).headers.get("etag").value());
  const auto if_match = [](std::string_view tag) {
    return TestClient::HeaderList{{"if-match", std::string(tag)}};
  };

  const auto first = admin.patch(url, R"({"role": "admin"})"_json, if_match(seen));
  CHECK(first.status == 200);
  CHECK(admin.patch(url, R"({"is_active": false})"_json, if_match(seen)).status == 412);
  CHECK(admin.del(url, if_match(seen)).status == 412);
  CHECK(admin.get(url).json["is_active"] == true);
  CHECK(admin.del(url, if_match(first.headers.get("etag").value())).status == 204);
}

TEST_CASE("an address is given to one user") {
  auto app = create_test_app();
  auto admin = logged_in_admin(app);
  CHECK(admin.post(users_url, user("ada@example.com")).status == 201);
  const auto again = admin.post(users_url, user("ADA@example.com"));
  CHECK(again.status == 409);
  CHECK(again.text == R"({"detail":"Email already registered"})");

  const auto moved = admin.patch("/api/v1/users/2", R"({"email": "Root@example.com"})"_json);
  CHECK(moved.status == 409);
  CHECK(admin.get("/api/v1/users/2").json["email"] == "ada@example.com");
}

TEST_CASE("the last active administrator cannot be put out") {
  auto app = create_test_app();
  auto admin = logged_in_admin(app);
  CHECK(admin.post(users_url, user("ada@example.com")).status == 201);
  for (auto change : {R"({"is_active": false})", R"({"role": "user"})",
                      R"({"role": "user", "is_active": false})"}) {
    const auto refused = admin.patch("/api/v1/users/1", Json::parse(change));
    CHECK(refused.status == 409);
    CHECK(refused.text == R"({"detail":"The last active administrator must remain"})");
  }
  CHECK(admin.del("/api/v1/users/1").status == 409);

  // A disabled administrator does not count.
  CHECK(admin.patch("/api/v1/users/2", R"({"role": "admin", "is_active": false})"_json).status ==
        200);
  CHECK(admin.del("/api/v1/users/1").status == 409);
  CHECK(admin.patch("/api/v1/users/2", R"({"is_active": true})"_json).status == 200);
  CHECK(admin.patch("/api/v1/users/1", R"({"role": "user"})"_json).status == 200);
  CHECK(admin.get(users_url).status == 403);  // at once
}

TEST_CASE("users are listed by pages, filtered and ordered by what is allowed") {
  auto app = create_test_app();
  auto admin = logged_in_admin(app);
  for (auto email : {"cy@example.com", "Ada@Example.com", "bob@example.org"}) {
    CHECK(admin.post(users_url, user(email)).status == 201);
  }
  CHECK(admin.patch("/api/v1/users/4", R"({"is_active": false})"_json).status == 200);

  const auto emails = [&](std::string_view query) {
    const auto page = admin.get(users_url + std::string(query));
    CHECK(page.status == 200);
    std::string text = std::string(page.headers.get("x-total-count").value_or("none")) + ":";
    for (const Json& one : page.json.items()) text += " " + one["email"].str();
    return text;
  };
  CHECK(emails("") == "4: root@example.com cy@example.com Ada@example.com bob@example.org");
  CHECK(emails("?order_by=-email&limit=2") == "4: root@example.com cy@example.com");
  CHECK(emails("?is_active=false") == "1: bob@example.org");
  CHECK(emails("?role=admin") == "1: root@example.com");
  CHECK(emails("?email=ADA") == "1: Ada@example.com");
  CHECK(emails("?email=%25") == "0:");
  CHECK(emails("?email=%27%20OR%201=1--") == "0:");

  const auto second = admin.get("/api/v1/users?limit=2&offset=1");
  CHECK(second.headers.get("link")->find("offset=3>; rel=\"next\"") != std::string_view::npos);
  for (auto refused : {"?order_by=hashed_password", "?order_by=role", "?limit=0", "?limit=101",
                       "?offset=-1", "?role=root", "?is_active=perhaps", "?cursor=x"}) {
    CHECK(admin.get(users_url + std::string(refused)).status == 422);
  }
}

TEST_CASE("no content of a request is an error of the server") {
  auto app = create_test_app();
  auto admin = logged_in_admin(app);
  const auto raw = [&](std::string method, std::string url, std::string body) {
    return admin
        .request({.method = std::move(method),
                  .url = std::move(url),
                  .body = std::move(body),
                  .content_type = "application/json"})
        .status;
  };
  for (auto value :
       {R"("\u0000@example.com")", R"("a\u0000@example.com")", R"("\ud800@example.com")",
        R"("a@example.com\u0000")", "1e400", "NaN", "[]", R"("")"}) {
    CAPTURE(value);
    const auto email = R"("email": )" + std::string(value);
    CHECK(raw("POST", users_url, "{" + email + R"(, "password": "analytical"})") == 422);
    CHECK(raw("PATCH", "/api/v1/users/1", "{" + email + "}") == 422);
    CHECK(raw("POST", "/api/v1/auth/password-reset/request", "{" + email + "}") == 422);
    CHECK(raw("POST", "/api/v1/auth/verify-email/request", "{" + email + "}") == 422);
  }
  for (auto password : {R"("analy\u0000tical")", R"("\udfffanalytical")", "null", "12345678"}) {
    const auto member = R"("password": )" + std::string(password);
    CHECK(raw("POST", users_url, R"({"email": "a@example.com", )" + member + "}") == 422);
  }
  for (auto query : {"?email=%00", "?email=a%00b", "?email=%ff", "?email=%ed%a0%80", "?role=%00",
                     "?order_by=%00", "?cursor=%00", "?limit=%00", "?email=%25%5f%5c"}) {
    CAPTURE(query);
    const int status = admin.get(users_url + std::string(query)).status;
    CHECK((status == 200 || status == 400 || status == 422));
  }
}

TEST_CASE("of four clients that register one address 100 times each, one succeeds once") {
  const Replicas servers({"RATE_LIMIT_ENABLED=false"});
  const auto statuses = at_once(4, [&](std::size_t thread) {
    support::HttpClient client(servers.port(thread));
    std::vector<int> answers;
    for (int i = 0; i < 100; ++i) {
      answers.push_back(client
                            .request("POST", "/api/v1/auth/register",
                                     R"({"email": "ada@example.com", "password": "analytical"})")
                            .status);
    }
    return answers;
  });
  CHECK(std::ranges::count(statuses, 201) == 1);
  CHECK(std::ranges::count(statuses, 400) == 399);
}

TEST_CASE("two administrators who put each other out at the same moment leave one") {
  const Replicas servers({"RATE_LIMIT_ENABLED=false"});
  const std::vector<std::string> emails = {"ada@example.com", "bob@example.com"};
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < 2; ++i) {
    servers.make_admin(emails[i], "administrator");
    support::HttpClient client(servers.port(i));
    const auto body = R"({"email": ")" + emails[i] + R"(", "password": "administrator"})";
    tokens.push_back(
        Json::parse(client.request("POST", "/api/v1/auth/login", body).body)["access_token"].str());
  }
  for (int round = 0; round < 20; ++round) {
    const auto statuses = at_once(2, [&](std::size_t thread) {
      support::HttpClient client(servers.port(thread));
      return std::vector{client
                             .request("PATCH", "/api/v1/users/" + std::to_string(2 - thread),
                                      R"({"role": "user"})", tokens[thread])
                             .status};
    });
    CAPTURE(statuses);
    // The other was refused by the rule, or is no administrator any more.
    REQUIRE(std::ranges::count(statuses, 200) == 1);
    REQUIRE(std::ranges::count_if(statuses, [](int s) { return s == 409 || s == 403; }) == 1);
    const std::size_t left = statuses[0] == 200 ? 0 : 1;
    support::HttpClient client(servers.port(left));
    REQUIRE(client
                .request("PATCH", "/api/v1/users/" + std::to_string(2 - left),
                         R"({"role": "admin"})", tokens[left])
                .status == 200);
  }
}

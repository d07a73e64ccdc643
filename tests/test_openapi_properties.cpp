// Requests made at random from the application's own OpenAPI document, good and bad: whatever
// comes, the answer is one that the document promises.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/core/deps.hpp"
#include "app/models/user.hpp"
#include "app/services/tokens.hpp"
#include "conftest.hpp"
#include "schema_values.hpp"

using namespace app;

namespace {

struct Operation {
  std::string method;  // "POST"
  std::string path;    // template
  const Json* json;

  bool is_guarded() const {
    const auto* security = json->find("security");
    return security && security->size() > 0;
  }
  const Json* body_schema() const {
    const auto* body = json->find("requestBody");
    const auto* content = body ? body->find("content") : nullptr;
    const auto* media = content ? content->find("application/json") : nullptr;
    return media ? media->find("schema") : nullptr;
  }
};

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return text;
}

std::vector<Operation> operations_of(const Json& document) {
  std::vector<Operation> found;
  for (const auto& [path, item] : document["paths"].members()) {
    for (const auto& [method, operation] : item.members()) {
      found.push_back({upper(method), path, &operation});
    }
  }
  return found;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain) out += c;
    if (!plain) ((out += '%') += digits[byte >> 4]) += digits[byte & 15];
  }
  return out;
}

// Which of the statuses no document of FastAPI's lists, though every route may answer them.
bool is_general(const Operation& operation, int status) {
  static const std::set<int> statuses = {400, 404, 409, 412, 413, 414, 415, 422, 428, 431};
  if (status == 401 || status == 403) return true;
  return statuses.contains(status) && !operation.path.empty();
}

class Asker {
 public:
  Asker()
      : app_(settings()),
        client_(app_, {.raise_server_exceptions = false}),
        document_(client_.get("/openapi.json").json),
        values_(document_, 20261126) {
    change_users(app_,
                 "INSERT INTO users (email, hashed_password, is_active, role) VALUES "
                 "('root@example.com', '!', true, 'admin'), ('second@example.com', '!', true, "
                 "'admin')");
  }

  const Json& document() const { return document_; }
  SchemaValues& values() { return values_; }
  TestResponse send(const TestRequest& request) { return client_.request(request); }

  // Made for each request: some end all tokens of who asks, or the account itself.
  std::string token() {
    return run([](App& app) -> Task<std::string> {
      auto session = app.provided<Engine>().session();
      auto user = co_await session.first(select<User>()
                                             .where(col<&User::role> == "admin")
                                             .where(col<&User::is_active> == true)
                                             .order_by(col<&User::id>));
      auto token = co_await issue_tokens(session, app.provided<Settings>(), app.provided<KeyRing>(),
                                         *user, "");
      co_return token.access_token;
    }(app_));
  }

  // good: by the document; else something in it is not.
  TestRequest make(const Operation& operation, bool good) {
    TestRequest request{.method = operation.method, .url = operation.path};
    std::string query;
    if (const auto* parameters = operation.json->find("parameters")) {
      for (const auto& parameter : parameters->items()) add(request, query, parameter, good);
    }
    if (!query.empty()) request.url += "?" + query;
    if (const auto* schema = operation.body_schema()) {
      request.content_type = "application/json";
      request.body = (good ? values_.good(*schema) : values_.spoiled(*schema)).dump();
      if (!good) damage(request);
    }
    return request;
  }

 private:
  static Settings settings() {
    Settings made{};
    made.rate_limit_enabled = false;
    made.password_hash = "argon2id";
    return made;
  }

  void add(TestRequest& request, std::string& query, const Json& parameter, bool good) {
    const auto& name = parameter["name"].str();
    const auto& place = parameter["in"].str();
    const auto& required = parameter["required"];
    if (required.kind() != Json::Kind::boolean || !required.boolean()) {
      if (values_.pick(2) == 0) return;
    }
    const auto value = values_.good(parameter["schema"]);
    auto text = value.is_string() ? value.str() : value.dump();
    if (value.is_null()) return;
    if (!good && values_.pick(2) == 0) text = values_.hostile_text();
    if (place == "path") {
      const auto at = request.url.find("{" + name);
      const auto end = request.url.find('}', at);
      request.url.replace(at, end - at + 1, percent_encoded(text.empty() ? "0" : text));
    } else if (place == "query") {
      query += (query.empty() ? "" : "&") + name + "=" + percent_encoded(text);
    } else if (text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos) {
      request.headers.emplace_back(name, text);
    }
  }

  void damage(TestRequest& request) {
    switch (values_.pick(8)) {
      case 0:
        request.body.resize(values_.pick(request.body.size() + 1));
        break;
      case 1:
        request.body = std::string(values_.pick(5000), '[');
        break;
      case 2:
        request.body = R"({"email": "\ud800", "password": NaN})";
        break;
      case 3:
        request.body.insert(values_.pick(request.body.size() + 1), "\xff\xc0");
        break;
      case 4:
        request.content_type = values_.hostile_text();
        if (request.content_type.find_first_of(std::string_view("\r\n\0", 3)) !=
            std::string::npos) {
          request.content_type = "text/plain";
        }
        break;
      default:
        break;
    }
  }

  TestApp app_;
  TestClient client_;
  Json document_;
  SchemaValues values_;
};

void check_answer(Asker& asker, const Operation& operation, const TestResponse& response) {
  CHECK(response.status < 500);
  const auto* declared = (*operation.json)["responses"].find(std::to_string(response.status));
  CHECK((declared || is_general(operation, response.status)));
  if (response.status == 204) CHECK(response.text.empty());
  if (response.status >= 400) {
    CHECK(response.json.contains("detail"));
    return;
  }
  const auto* content = declared ? declared->find("content") : nullptr;
  const auto* media = content ? content->find("application/json") : nullptr;
  if (!media) return;
  CHECK(response.headers.get("content-type") == "application/json");
  CHECK(asker.values().fault((*media)["schema"], response.json) == "");
}

// What the document says was kept; what only a rule in words asks for may be missing (a cursor is
// no text of one's own).
void check_rules_alone(const TestResponse& response) {
  for (const auto& error : response.json["detail"].items()) CHECK(error["type"] == "value_error");
}

int runs_per_operation() {
  const char* text = std::getenv("PLINTH_PROPERTY_RUNS");
  return text ? std::max(1, std::atoi(text)) : 24;
}

}  // namespace

TEST_CASE("every answer is one that the OpenAPI document promises") {
  Asker asker;
  int good_answers = 0;
  for (const auto& operation : operations_of(asker.document())) {
    for (int i = 0; i < runs_per_operation(); ++i) {
      const bool good = i % 3 == 0;
      auto request = asker.make(operation, good);
      if (operation.is_guarded()) {
        request.headers.emplace_back("authorization", "Bearer " + asker.token());
      }
      CAPTURE(request.method);
      CAPTURE(request.url.substr(0, 300));
      CAPTURE(request.body.substr(0, 300));
      const auto response = asker.send(request);
      CAPTURE(response.status);
      CAPTURE(response.text.substr(0, 300));
      check_answer(asker, operation, response);
      if (good && response.status == 422) check_rules_alone(response);
      if (response.status < 300) ++good_answers;
    }
  }
  CHECK(good_answers > 0);
}

TEST_CASE("a guarded operation answers 401 to who says nothing or nonsense of himself") {
  Asker asker;
  int guarded = 0;
  for (const auto& operation : operations_of(asker.document())) {
    if (!operation.is_guarded()) continue;
    ++guarded;
    for (const auto* credentials : {"", "Bearer", "Bearer a.b.c", "Basic YTpi", "Bearer  x y"}) {
      auto request = asker.make(operation, true);
      if (*credentials != '\0') request.headers.emplace_back("authorization", credentials);
      CAPTURE(request.url);
      CAPTURE(credentials);
      const auto response = asker.send(request);
      CHECK(response.status == 401);
      CHECK(response.headers.get("www-authenticate").value_or("").starts_with("Bearer"));
    }
  }
  CHECK(guarded > 5);
}

TEST_CASE("a method that no operation of a path has is 405, with those that it has in Allow") {
  Asker asker;
  for (const auto& [path, item] : asker.document()["paths"].members()) {
    for (const auto* method :
         {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "ODD"}) {
      std::string lower = method;
      for (char& c : lower) c = static_cast<char>(c + 32);
      if (item.contains(lower)) continue;
      auto url = path;
      for (auto at = url.find('{'); at != url.npos; at = url.find('{')) {
        url.replace(at, url.find('}', at) - at + 1, "1");
      }
      CAPTURE(method);
      CAPTURE(url);
      const auto response = asker.send({.method = method, .url = url});
      CHECK(response.status == 405);
      const auto allow = std::string(response.headers.get("allow").value_or(""));
      CHECK(!allow.empty());
      CHECK(allow.find(method) == std::string::npos);
    }
  }
}

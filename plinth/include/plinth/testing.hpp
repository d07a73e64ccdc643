// A client that asks an app in this process, without sockets, and a clock that stands still. Stands
// for FastAPI's TestClient. Example: plinth/examples/01_hello.cpp
//
//   auto app = create_app();
//   auto client = TestClient(app);
//   auto created = client.post("/items", R"({"name": "tea"})"_json);
//   CHECK(created.status == 201);
//   CHECK(created.json["id"] == 1);
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/app.hpp"
#include "plinth/http.hpp"
#include "plinth/json.hpp"

namespace plinth {

struct TestResponse {
  int status;
  Headers headers;  // as sent, without date, server and connection
  std::string text;
  Json json;  // null when the text is no JSON
};

struct TestClientOptions {
  // What a handler throws and nobody answers is thrown on; else it is the 500 that clients see.
  bool raise_server_exceptions = true;
  bool follow_redirects = true;
  std::string base_url = "http://testserver";
};

struct TestRequest {
  std::string method = "GET";
  std::string url = "/";  // path and query
  std::vector<Headers::Field> headers = {};
  std::string body = {};
  std::string content_type = {};  // none unless given
};

/// Starts the app when made and shuts it down when the last client made from this one is gone. The
/// app must outlive it. Keeps the cookies it is sent. Not for several threads.
class TestClient {
 public:
  using HeaderList = std::vector<Headers::Field>;
  using Form = std::vector<std::pair<std::string, std::string>>;

  explicit TestClient(App& app, TestClientOptions options = {});

  TestResponse get(std::string_view url, HeaderList headers = {});
  TestResponse head(std::string_view url, HeaderList headers = {});
  TestResponse options(std::string_view url, HeaderList headers = {});
  TestResponse del(std::string_view url, HeaderList headers = {});
  TestResponse post(std::string_view url, const Json& body, HeaderList headers = {});
  TestResponse put(std::string_view url, const Json& body, HeaderList headers = {});
  TestResponse patch(std::string_view url, const Json& body, HeaderList headers = {});
  /// A body of application/x-www-form-urlencoded.
  TestResponse post_form(std::string_view url, const Form& fields, HeaderList headers = {});
  TestResponse request(const TestRequest& request);

  /// The same client, with a header on every request that does not have its own.
  TestClient with_header(std::string_view name, std::string_view value) const;
  /// with_header("authorization", "Bearer <token>")
  TestClient bearer(std::string_view token) const;

  /// Name and value of a cookie to be sent from now on.
  void set_cookie(std::string_view name, std::string_view value);

 private:
  struct Session;
  std::shared_ptr<Session> session_;  // the started app, the cookies
  HeaderList headers_;
};

/// Stops the clock of the process while it lives: DateTime::now(), unix_now().
class FrozenTime {
 public:
  explicit FrozenTime(std::int64_t microseconds);
  FrozenTime(const FrozenTime&) = delete;
  FrozenTime& operator=(const FrozenTime&) = delete;
  ~FrozenTime();

  void advance_seconds(std::int64_t seconds);
  void advance_microseconds(std::int64_t microseconds);
};

/// auto clock = freeze_time("2026-01-02T03:04:05Z");
[[nodiscard]] FrozenTime freeze_time(std::string_view iso);

}  // namespace plinth

// An answer that comes before the body was looked at must not make the body the next request: what
// an attacker puts into a body, behind a proxy that believes it is one, would be answered to
// somebody else.
#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "plinth/plinth.hpp"
#include "server/running_server.hpp"

using namespace plinth;
using namespace server_test;

namespace {

std::atomic<int> smuggled = 0;

Json reached() {
  ++smuggled;
  return Json("smuggled");
}

struct Item {
  Str<min_length(1000)> name;
};

Json health() { return Json("up"); }
Json take_item(Item) { return Json("taken"); }
Json guarded(HTTPBearer<>) { return Json("in"); }
Json limited() { throw HttpError(429, "Too Many Requests", {{"retry-after", "1"}}); }
Json busy() { throw HttpError(503, "Service Unavailable", {{"retry-after", "1"}}); }
Json broken() { throw std::runtime_error("broken"); }

App create_app() {
  App app;
  app.use(Cors{.allow_origins = {"https://a.example"}, .allow_methods = {"*"}});
  app.use(TrustedHost{.allowed_hosts = {"a"}});
  app.get<reached>("/smuggled");
  app.get<health>("/health");
  app.post<take_item>("/items");
  app.post<take_item>("/small", {.body_bytes_max = 10});
  app.post<guarded>("/guarded");
  app.post<limited>("/limited");
  app.post<busy>("/busy");
  app.post<broken>("/broken");
  app.post<health>("/late", {.deadline_ms = 1});
  return app;
}

struct Early {
  const char* method;
  const char* path;
  int status;
  const char* fields = "";
};

const Early cases[] = {
    {"GET", "/health", 200},
    {"GET", "/docs", 200},
    {"GET", "/openapi.json", 200},
    {"HEAD", "/health", 405},
    {"POST", "/nowhere", 404},
    {"POST", "/health", 405},
    {"PUT", "/items", 405},
    {"POST", "/guarded", 401},
    {"POST", "/small", 413},
    {"POST", "/items", 422},
    {"POST", "/items", 422, "Content-Type: application/json\r\n"},
    {"POST", "/items/", 307},
    {"POST", "/limited", 429},
    {"POST", "/busy", 503},
    {"POST", "/broken", 500},
    {"OPTIONS", "/items", 200,
     "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n"},
    {"OPTIONS", "/items", 400,
     "Origin: https://b.example\r\nAccess-Control-Request-Method: POST\r\n"},
};

constexpr std::string_view inner = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view canary = "GET /health?canary HTTP/1.1\r\nHost: a\r\n\r\n";

std::string request_of(const Early& early, bool chunked, bool expects) {
  auto text = std::string(early.method) + " " + early.path + " HTTP/1.1\r\nHost: a\r\n" +
              early.fields + (expects ? "Expect: 100-continue\r\n" : "");
  if (!chunked) {
    return text + "Content-Length: " + std::to_string(inner.size()) + "\r\n\r\n" +
           std::string(inner);
  }
  char size[16];
  std::snprintf(size, sizeof size, "%zx", inner.size());
  return text + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + std::string(inner) +
         "\r\n0\r\n\r\n";
}

struct Silence final : base::LogSink {
  Silence() : previous(base::set_log_sink(this)) {}
  ~Silence() override { base::set_log_sink(previous); }
  void write(const base::LogRecord&) noexcept override {}
  base::LogSink* previous;
};

}  // namespace

TEST_CASE("a request in the body of one that is answered early is never answered") {
  const Silence quiet;
  auto app = create_app();
  RunningServer server(app);
  for (const auto& early : cases) {
    for (const bool chunked : {false, true}) {
      for (const bool expects : {false, true}) {
        CAPTURE(std::string(early.method) + " " + early.path);
        CAPTURE(chunked);
        CAPTURE(expects);
        Client client(server.port());
        client.send(request_of(early, chunked, expects)).send(canary);
        auto answer = client.answer(early.method == std::string_view("HEAD"));
        if (answer.status() == 100) {
          answer = client.answer(early.method == std::string_view("HEAD"));
        }
        CHECK(answer.status() == early.status);
        // The next thing is the canary's answer, or the end.
        const auto next = client.answer();
        if (answer.has("\r\nconnection: close\r\n")) {
          CHECK(next.head.empty());
        } else {
          CHECK(next.status() == 200);
          CHECK(next.body == R"("up")");
        }
        CHECK(smuggled == 0);
      }
    }
  }
}

TEST_CASE(
    "a body that the head says is too long is refused before it comes, and its bytes go nowhere") {
  const Silence quiet;
  auto app = create_app();
  RunningServer server(app);
  Client client(server.port());
  client.send("POST /items HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n");
  const auto answer = client.answer();
  CHECK(answer.status() == 413);
  CHECK(answer.has("\r\nconnection: close\r\n"));
  for (int i = 0; i < 1'000; ++i) client.send(inner);
  CHECK(client.receive_all().empty());
  CHECK(smuggled == 0);
}

TEST_CASE("a shed request takes its body along") {
  const Silence quiet;
  auto app = create_app();
  RunningServer server(app, {.connections_max = 1});
  Client in(server.port());
  CHECK(in.get("/health").status() == 200);
  Client one_too_many(server.port());
  one_too_many.send(request_of({"POST", "/items", 0}, false, false)).send(canary);
  CHECK(one_too_many.answer().status() == 503);
  CHECK(one_too_many.receive_all().empty());
  CHECK(smuggled == 0);
}

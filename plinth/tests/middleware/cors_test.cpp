#include <doctest/doctest.h>

#include <stdexcept>

#include "middleware/harness.hpp"

using namespace plinth;

namespace {

const Cors seed{.allow_origins = {"*"},
                .allow_methods = {"*"},
                .allow_headers = {"*"},
                .allow_credentials = true};

std::string header_lines(const Headers& headers) {
  std::string lines;
  for (const auto& [name, value] : headers) lines += name + ": " + value + "\n";
  return lines;
}

}  // namespace

TEST_CASE("a preflight is answered as the seed's recorded exchange") {
  auto cors = make(seed);
  auto made = pass(*cors, "OPTIONS",
                   {{"origin", "https://x.test"},
                    {"access-control-request-method", "POST"},
                    {"access-control-request-headers", "content-type,authorization"}});
  CHECK(!made.reached);
  CHECK(made.response.status == 200);
  CHECK(made.response.body == "OK");
  CHECK(made.response.media_type == "text/plain; charset=utf-8");
  CHECK(header_lines(made.response.headers) ==
        "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers, "
        "Access-Control-Request-Private-Network\n"
        "access-control-allow-methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY\n"
        "access-control-max-age: 600\n"
        "access-control-allow-credentials: true\n"
        "access-control-allow-origin: https://x.test\n"
        "access-control-allow-headers: content-type,authorization\n");
}

TEST_CASE("a preflight for an unknown method is refused with the same headers") {
  auto cors = make(seed);
  auto made = pass(*cors, "OPTIONS",
                   {{"origin", "https://x.test"}, {"access-control-request-method", "BREW"}});
  CHECK(made.response.status == 400);
  CHECK(made.response.body == "Disallowed CORS method");
  CHECK(made.header("access-control-allow-origin") == "https://x.test");
  CHECK(made.header("access-control-allow-headers") == "(none)");
}

TEST_CASE("a preflight names everything that is disallowed") {
  auto cors = make(Cors{.allow_origins = {"https://a.test"}, .allow_headers = {"X-Token"}});
  auto made = pass(*cors, "OPTIONS",
                   {{"origin", "https://evil.test"},
                    {"access-control-request-method", "PUT"},
                    {"access-control-request-headers", "x-token, x-other"},
                    {"access-control-request-private-network", "true"}});
  CHECK(made.response.body == "Disallowed CORS origin, method, headers, private-network");
  CHECK(made.header("access-control-allow-origin") == "(none)");
  CHECK(made.header("access-control-allow-headers") ==
        "Accept, Accept-Language, Content-Language, Content-Type, X-Token");
}

TEST_CASE("header names of a preflight are compared without regard to case and spaces") {
  auto cors = make(Cors{.allow_origins = {"https://a.test"}, .allow_headers = {"X-Token"}});
  auto made = pass(*cors, "OPTIONS",
                   {{"origin", "https://a.test"},
                    {"access-control-request-method", "GET"},
                    {"access-control-request-headers", "CONTENT-TYPE , x-token"}});
  CHECK(made.response.status == 200);
}

TEST_CASE("an allowed private network is allowed by name") {
  auto cors = make(Cors{.allow_origins = {"*"}, .allow_private_network = true});
  auto made = pass(*cors, "OPTIONS",
                   {{"origin", "https://a.test"},
                    {"access-control-request-method", "GET"},
                    {"access-control-request-private-network", "true"}});
  CHECK(made.response.status == 200);
  CHECK(made.header("access-control-allow-private-network") == "true");
  CHECK(made.header("access-control-allow-origin") == "*");
}

TEST_CASE("OPTIONS without the preflight's headers goes to the app") {
  auto cors = make(seed);
  CHECK(pass(*cors, "OPTIONS", {{"origin", "https://x.test"}}).reached);
  CHECK(pass(*cors, "OPTIONS", {{"access-control-request-method", "GET"}}).reached);
}

TEST_CASE("an answer names the origin when credentials are allowed, and varies by it") {
  auto cors = make(seed);
  auto made = pass(*cors, "GET", {{"origin", "https://x.test"}});
  CHECK(header_lines(made.response.headers) ==
        "access-control-allow-origin: https://x.test\n"
        "access-control-allow-credentials: true\n"
        "vary: Origin\n");
}

TEST_CASE("an answer to no origin varies by it too") {
  auto cors = make(seed);
  CHECK(header_lines(pass(*cors, "GET", {}).response.headers) == "vary: Origin\n");
}

TEST_CASE("any origin without credentials is a star") {
  auto cors = make(Cors{.allow_origins = {"*"}, .expose_headers = {"X-A", "X-B"}});
  auto made = pass(*cors, "GET", {{"origin", "https://x.test"}});
  CHECK(header_lines(made.response.headers) ==
        "access-control-allow-origin: *\n"
        "access-control-expose-headers: X-A, X-B\n"
        "vary: Origin\n");
}

TEST_CASE("only listed origins are allowed") {
  auto cors = make(Cors{.allow_origins = {"https://a.test", "https://b.test"}});
  CHECK(pass(*cors, "GET", {{"origin", "https://b.test"}}).header("access-control-allow-origin") ==
        "https://b.test");
  CHECK(pass(*cors, "GET", {{"origin", "https://a.test.evil"}})
            .header("access-control-allow-origin") == "(none)");
  CHECK(pass(*cors, "GET", {{"origin", "null"}}).header("access-control-allow-origin") == "(none)");
}

TEST_CASE("the regular expression must match the whole origin") {
  auto cors = make(Cors{.allow_origin_regex = "https://.*\\.a\\.test"});
  const auto allowed = [&](std::string_view origin) {
    return pass(*cors, "GET", {{"origin", origin}}).header("access-control-allow-origin");
  };
  CHECK(allowed("https://x.a.test") == "https://x.a.test");
  CHECK(allowed("https://x.a.test.evil") == "(none)");
  const auto endless = "https://" + std::string(100'000, 'x') + ".b.test";
  CHECK((allowed(endless) == "(none)"));
}

TEST_CASE("a regular expression that is none is refused when it is used") {
  CHECK_THROWS_WITH_AS(make(Cors{.allow_origin_regex = "("}),
                       doctest::Contains("Cors: allow_origin_regex \"(\" is no regular expression"),
                       std::invalid_argument);
}

TEST_CASE("what no browser sends as an origin is refused when it is used") {
  struct Row {
    const char* origin;
    const char* why;
  };
  const Row rows[] = {{"https://app.example.com/", "an origin ends with its host and port"},
                      {"https://app.example.com/path", "an origin ends with its host and port"},
                      {"app.example.com", "is no origin"},
                      {"https://", "is no origin"},
                      {"https://*.example.com", "has no wildcards; use allow_origin_regex"},
                      {"https://App.example.com", "in lower case"},
                      {"null", "lets every site act for your users"}};
  for (const auto& row : rows) {
    CAPTURE(row.origin);
    CHECK_THROWS_WITH_AS(make(Cors{.allow_origins = {row.origin}, .allow_credentials = true}),
                         doctest::Contains(row.why), std::invalid_argument);
  }
  make(Cors{.allow_origins = {"https://app.example.com:8443", "http://[::1]:3000", "null"}});
}

TEST_CASE("an origin that only resembles an allowed one is not allowed, with credentials neither") {
  auto cors = make(Cors{.allow_origins = {"https://a.test"}, .allow_credentials = true});
  for (std::string_view origin :
       {"https://a.test.evil", "https://evil-a.test", "https://aXtest", "http://a.test",
        "https://a.test:8443", "https://a.test/", "https://A.test", "null", "*", "",
        "https://a.test https://evil"}) {
    CAPTURE(origin);
    auto made = pass(*cors, "GET", {{"origin", origin}});
    CHECK(made.header("access-control-allow-origin") == "(none)");
    CHECK(made.header("vary") == "Origin");
    auto asked =
        pass(*cors, "OPTIONS", {{"origin", origin}, {"access-control-request-method", "GET"}});
    CHECK(asked.response.status == 400);
    CHECK(asked.header("access-control-allow-origin") == "(none)");
    CHECK(asked.header("vary").starts_with("Origin"));
  }
}

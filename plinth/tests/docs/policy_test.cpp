#include "docs/policy.hpp"

#include <doctest/doctest.h>

#include "plinth/testing.hpp"

using namespace plinth;

namespace {

Json ping() { return "pong"; }

}  // namespace

TEST_CASE("a page may run its own scripts, by their hashes, and nothing by eval") {
  // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
  const auto policy = docs::content_security_policy(
      "<script src=\"/a.js\"></script><script>alert(1)</script>", Json::Object{});
  CHECK(policy ==
        "default-src 'none'; script-src 'self' "
        "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; worker-src blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
}

TEST_CASE("a page may ask the servers that the document names") {
  const auto policy = docs::content_security_policy("", R"({
    "servers": [{"url": "https://api.example.com/v1"}, {"url": "/relative"},
                {"url": "https://evil.example; script-src *"}],
    "components": {"securitySchemes": {"OAuth2": {"flows": {"authorizationCode": {
      "authorizationUrl": "https://login.example.com/authorize",
      "tokenUrl": "https://login.example.com:8443/token"}}}}}})"_json);
  CHECK(policy.find("connect-src 'self' https://api.example.com https://login.example.com "
                    "https://login.example.com:8443;") != std::string::npos);
  CHECK(policy.find("evil") == std::string::npos);
}

TEST_CASE("every documentation page says what it may do") {
  auto app = App();
  app.get<ping>("/ping");
  TestClient client(app);
  for (const char* path : {"/docs", "/redoc", "/docs/oauth2-redirect"}) {
    CAPTURE(path);
    const auto policy =
        std::string(client.get(path).headers.get("content-security-policy").value_or(""));
    CHECK(policy.starts_with("default-src 'none'; script-src 'self'"));
    CHECK(policy.find("unsafe-eval") == std::string::npos);
  }
  CHECK_FALSE(client.get("/openapi.json").headers.contains("content-security-policy"));
}

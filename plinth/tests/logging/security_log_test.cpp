#include "plinth/security_log.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/context.hpp"
#include "base/log.hpp"
#include "base/secret_names.hpp"
#include "logging/format.hpp"
#include "plinth/http.hpp"
#include "plinth/values.hpp"

using namespace plinth;

namespace {

// Lines as JSON, without their time.
struct Lines final : base::LogSink {
  Lines() { base::set_log_sink(this); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines() override { base::set_log_sink(nullptr); }
  void write(const base::LogRecord& record) noexcept override {
    std::string line;
    logging::append_json_line(line, record, {.microseconds = 0, .request_id = {}});
    text += line.substr(line.find(R"("level")"));
  }
  std::string text;
};

}  // namespace

TEST_CASE("a security event says who, from where and at which route") {
  const Lines lines;
  Request request{.method = "POST", .path = "/login", .client_host = "203.0.113.9"};
  {
    const base::Context context{.request = &request};
    const base::ContextScope scope(&context);
    logging::security(SecurityEvent::authn_login_fail, {{"user", 7}});
  }
  logging::security(SecurityEvent::authn_token_reuse);
  CHECK(lines.text ==
        R"("level":"WARNING","logger":"security","message":"a login failed",)"
        R"("event":"authn_login_fail","user":7,"client":"203.0.113.9","method":"POST",)"
        R"("path":"/login"})"
        "\n"
        R"("level":"CRITICAL","logger":"security","message":"a used token came again",)"
        R"("event":"authn_token_reuse"})"
        "\n");
}

TEST_CASE("fields beyond twelve are left out, the event's own never") {
  const Lines lines;
  logging::security(SecurityEvent::authz_fail, {{"a1", 1},
                                                {"a2", 1},
                                                {"a3", 1},
                                                {"a4", 1},
                                                {"a5", 1},
                                                {"a6", 1},
                                                {"a7", 1},
                                                {"a8", 1},
                                                {"a9", 1},
                                                {"a10", 1},
                                                {"a11", 1},
                                                {"a12", 1},
                                                {"a13", 1}});
  CHECK(lines.text.find(R"("event":"authz_fail","a1":1)") != std::string::npos);
  CHECK(lines.text.find(R"("a12":1})") != std::string::npos);
}

TEST_CASE("the names of events are OWASP's") {
  CHECK(to_string(SecurityEvent::authn_login_success) == "authn_login_success");
  CHECK(to_string(SecurityEvent::excess_rate_limit_exceeded) == "excess_rate_limit_exceeded");
  CHECK(to_string(SecurityEvent::user_deleted) == "user_deleted");
}

TEST_CASE("a field with the name of a secret is stars, in every format") {
  const logging::Field fields[] = {
      {"password", "canary"}, {"Authorization", "canary"}, {"status", 200}};
  const logging::Record record{.level = logging::Level::info, .message = "asked", .fields = fields};
  std::string json;
  logging::append_json_line(json, record, {});
  CHECK(json.find(R"("password":"**********","Authorization":"**********","status":200)") !=
        std::string::npos);
  std::string console;
  logging::append_console_line(console, record, {}, false);
  CHECK(console.find("password=********** Authorization=********** status=200") !=
        std::string::npos);
}

TEST_CASE("a Secret is stars under any name") {
  const Lines lines;
  const Secret secret("canary");
  logging::info("made", {{"name", secret}});
  CHECK(lines.text == R"("level":"INFO","logger":"app","message":"made","name":"**********"})"
                      "\n");
}

TEST_CASE("which names are those of secrets") {
  for (const char* name : {"password",
                           "new_password",
                           "hashed_password",
                           "SECRET_KEY",
                           "client_secret",
                           "Authorization",
                           "proxy-authorization",
                           "Cookie",
                           "Set-Cookie",
                           "X-API-Key",
                           "apikey",
                           "access_token",
                           "refresh_token",
                           "token",
                           "private_key",
                           "credentials",
                           "signingKey",
                           "STRIPE_KEY",
                           "tokenValue",
                           "token_type_hint",
                           "X-Auth-Token",
                           "ssh_keys"}) {
    CAPTURE(name);
    CHECK(base::is_secret_name(name));
  }
  for (const char* name :
       {"", "user", "event", "routing_key", "token_type", "path", "status",
        "ACCESS_TOKEN_EXPIRE_MINUTES", "tokens_left", "key", "monkey", "sort_key",
        "idempotency_key", "primaryKey", "tokenizer", "token_bucket"}) {
    CAPTURE(name);
    CHECK_FALSE(base::is_secret_name(name));
  }
}

TEST_CASE("a masked address names the mailbox to its owner alone") {
  CHECK(logging::masked_email("ada@example.com") == "a***@example.com");
  CHECK(logging::masked_email("\xc3\xa9t\xc3\xa9@example.com") == "\xc3\xa9***@example.com");
  CHECK(logging::masked_email("hunter2") == "***");
  CHECK(logging::masked_email("@example.com") == "***");
  CHECK(logging::masked_email("") == "***");
}

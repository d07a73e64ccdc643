// No request gets a 500 by its content.
#include <doctest/doctest.h>

#include <string>

#include "conftest.hpp"

using namespace app;

namespace {

constexpr auto register_url = "/api/v1/auth/register";

struct BadInput {
  std::string name;
  std::string body;
  int status;
  std::string_view type;  // of the first error; "" where there is no list of errors
};

std::string with_password(std::string_view json_text) {
  return R"({"email": "ada@example.com", "password": )" + std::string(json_text) + "}";
}

const BadInput inputs[] = {
    {"malformed", "{", 422, "json_invalid"},
    {"wrong types", R"({"email": 1, "password": []})", 422, "string_type"},
    {"10,000 open brackets", std::string(10'000, '['), 422, "json_invalid"},
    {"10,000 open objects",
     [] {
       std::string text;
       for (int i = 0; i < 10'000; ++i) text += R"({"a":)";
       return text;
     }(),
     422, "json_invalid"},
    {"NaN", with_password("NaN"), 422, "string_type"},
    {"1e400", with_password("1e400"), 422, "string_type"},
    {"a number of 5,000 digits", with_password(std::string(5'000, '9')), 400, ""},
    {"a lone surrogate", with_password(R"("\ud800abcdefgh")"), 422, "string_unicode"},
    {"NUL in a password", with_password(R"("abcd\u0000efgh")"), 422, "value_error"},
    {"NUL in an address", R"({"email": "a\u0000@example.com", "password": "analytical"})", 422,
     "value_error"},
    {"invalid UTF-8", with_password("\"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\""), 400, ""},
    {"a cut UTF-8 sequence", with_password("\"abcdefgh\xe2\x82"), 400, ""},
    {"a long address",
     R"({"email": ")" + std::string(100'000, 'a') + R"(@example.com", "password": "analytical"})",
     422, "value_error"},
    {"a long password", with_password("\"" + std::string(900'000, 'x') + "\""), 422,
     "string_too_long"},
};

}  // namespace

TEST_CASE("bad input gets the right 4xx, and an answer that is JSON") {
  auto app = create_test_app();
  auto client = TestClient(app);
  for (const BadInput& input : inputs) {
    CAPTURE(input.name);
    auto response = client.request({.method = "POST",
                                    .url = register_url,
                                    .body = input.body,
                                    .content_type = "application/json"});
    CHECK(response.status == input.status);
    CHECK_FALSE(response.json.is_null());
    if (!input.type.empty()) CHECK(response.json["detail"][0]["type"] == input.type);
  }
}

TEST_CASE("of a key that comes twice the last one counts") {
  auto app = create_test_app();
  auto response = TestClient(app).request(
      {.method = "POST",
       .url = register_url,
       .body = R"({"email": "x", "email": "ada@example.com", "password": "analytical"})",
       .content_type = "application/json"});
  CHECK(response.status == 201);
}

#include "schema/errors.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/secret_names.hpp"
#include "harness.hpp"
#include "plinth/schema.hpp"

using namespace plinth;
using plinth::schema::Context;
using plinth::schema::Errors;
using plinth::schema::Loc;

namespace {

struct Address {
  std::string street;
};

struct Register {
  Email email;
  Str<min_length(8)> password;
  std::optional<Str<sensitive, max_length(3)>> pin;
  std::optional<Secret> key;
  std::optional<Address> address;
  std::optional<std::vector<Address>> more;
};

struct Credentials {
  Register user;
};

struct Closed {
  static constexpr ModelConfig model_config{.forbid_extra = true};
  std::string name;
};

std::string error(std::string_view type, std::string_view loc, std::string_view message,
                  std::string_view rest) {
  return R"({"type":")" + std::string(type) + R"(","loc":[)" + std::string(loc) + R"(],"msg":")" +
         std::string(message) + R"(","input":)" + std::string(rest) + "}";
}

std::string detail_of(std::string_view errors) {
  return R"({"detail":[)" + std::string(errors) + "]}";
}

template <class T>
std::string body_of(std::string_view text) {
  return schema::body_of<T>(text);
}

}  // namespace

TEST_CASE("errors are written in FastAPI's form, in the order they came") {
  Errors errors;
  Loc query("query");
  errors.add_missing(Loc(query, "limit"));
  Loc body("body");
  Loc list(body, "tags");
  errors.add("int_parsing", Loc(list, 3), "Not \"good\"", R"("x")",
             Context().text("error", "é\n").number("limit", 5).take());
  CHECK(errors.size() == 2);
  CHECK(errors.to_json() ==
        R"({"detail":[{"type":"missing","loc":["query","limit"],"msg":"Field required",)"
        R"("input":null},{"type":"int_parsing","loc":["body","tags",3],"msg":"Not \"good\"",)"
        R"("input":"x","ctx":{"error":"é\n","limit":5}}]})");
}

TEST_CASE("malformed JSON is one error with its position") {
  Errors errors;
  errors.add_json_invalid(1, "Expecting value");
  CHECK(errors.to_json() ==
        R"({"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error",)"
        R"("input":{},"ctx":{"error":"Expecting value"}}]})");
}

TEST_CASE("the root of a path adds no step") {
  Errors errors;
  Loc root = Loc::root();
  errors.add_missing(Loc(root, "DATABASE_URL"));
  CHECK(errors.all()[0].loc.size() == 1);
  CHECK(errors.all()[0].loc[0].name == "DATABASE_URL");
}

TEST_CASE("a secret that is wrong is not echoed") {
  CHECK(body_of<Register>(R"({"email":"a@example.com","password":"short"})") ==
        detail_of(error("string_too_short", R"("body","password")",
                        "String should have at least 8 characters",
                        R"("**********","ctx":{"min_length":8})")));
  CHECK(body_of<Register>(R"({"email":"a@example.com","password":"long enough","pin":"1234",)"
                          R"("key":7})") ==
        detail_of(error("string_too_long", R"("body","pin")",
                        "String should have at most 3 characters",
                        R"("**********","ctx":{"max_length":3})") +
                  "," +
                  error("string_type", R"("body","key")", "Input should be a valid string",
                        R"("**********")")));
}

TEST_CASE("null tells no secret") {
  CHECK(body_of<Register>(R"({"email":"a@example.com","password":null})") ==
        detail_of(error("string_type", R"("body","password")", "Input should be a valid string",
                        "null")));
}

TEST_CASE("a secret beside a missing member is not echoed") {
  CHECK(body_of<Register>(R"({"password":"hunter2hunter2","pin":"77","a":{"api_key":"k"}})") ==
        detail_of(error("missing", R"("body","email")", "Field required",
                        R"({"password":"**********","pin":"**********",)"
                        R"("a":{"api_key":"**********"}})")));
  CHECK(body_of<Credentials>(R"({"USER":{"Password":"p"}})") ==
        detail_of(error("missing", R"("body","user")", "Field required",
                        R"({"USER":{"Password":"**********"}})")));
  CHECK(
      body_of<Credentials>(R"({"user":{"pin":"p","more":[{"street":"s"},1]}})") ==
      detail_of(error("missing", R"("body","user","email")", "Field required",
                      R"({"pin":"**********","more":[{"street":"s"},1]})") +
                "," +
                error("missing", R"("body","user","password")", "Field required",
                      R"({"pin":"**********","more":[{"street":"s"},1]})") +
                "," +
                error("model_attributes_type", R"("body","user","more",1)",
                      "Input should be a valid dictionary or object to extract fields from", "1")));
}

TEST_CASE("a form sent where JSON was wanted does not echo its password") {
  auto refused = [](std::string_view input) {
    return detail_of(error("model_attributes_type", R"("body")",
                           "Input should be a valid dictionary or object to extract fields from",
                           input));
  };
  CHECK(body_of<Register>(R"("email=a&Password=hunter2")") == refused(R"("**********")"));
  CHECK(body_of<Register>(R"("hello")") == refused(R"("hello")"));
}

TEST_CASE("a secret that nobody asked for is not echoed") {
  CHECK(body_of<Closed>(R"({"name":"n","token":"t","other":1})") ==
        detail_of(
            error("extra_forbidden", R"("body","token")", "Extra inputs are not permitted",
                  R"("**********")") +
            "," +
            error("extra_forbidden", R"("body","other")", "Extra inputs are not permitted", "1")));
}

TEST_CASE("names that tell of secrets") {
  for (auto name : {"password", "hashed_password", "Password", "clientSecret", "access_token",
                    "X-API-Key", "authorization", "aws_credentials"}) {
    CAPTURE(name);
    CHECK(base::is_secret_name(name));
  }
  for (auto name : {"name", "pass", "key", "email", "apikeyless"}) {
    CAPTURE(name);
    CHECK(!base::is_secret_name(name));
  }
}

TEST_CASE("what JSON has not is echoed as null or repaired") {
  CHECK(body_of<std::vector<std::string>>(R"([NaN,-Infinity,1e400])") ==
        detail_of(
            error("string_type", R"("body",0)", "Input should be a valid string", "null") + "," +
            error("string_type", R"("body",1)", "Input should be a valid string", "null") + "," +
            error("string_type", R"("body",2)", "Input should be a valid string", "null")));
  CHECK(body_of<std::string>(R"("a\ud800b")") ==
        detail_of(error("string_unicode", R"("body")",
                        "Input should be a valid string, unable to parse raw data as a unicode "
                        "string",
                        "\"a\xEF\xBF\xBD"
                        "b\"")));
  CHECK(body_of<std::string>(R"("a\u0000b")") == R"("a\u0000b")");
}

TEST_CASE("a body full of errors does not make an endless answer") {
  std::string text = "[";
  for (int i = 0; i < 200'000; ++i) text += i == 0 ? "\"x\"" : ",\"x\"";
  text += "]";
  std::string answer = body_of<std::vector<std::int64_t>>(text);
  CHECK(answer.size() > Errors::bytes_max / 2);
  CHECK(answer.size() < Errors::bytes_max * 2);
  CHECK(Json::parse(answer)["detail"].size() > 1000);
}

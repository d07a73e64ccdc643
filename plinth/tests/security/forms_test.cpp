#include <doctest/doctest.h>

#include "json/node.hpp"
#include "plinth/security.hpp"
#include "schema/validate.hpp"

using namespace plinth;

namespace {

// As form fields come in: texts, the absent ones left out.
template <class T>
std::string errors_of(const Json& fields, T& out) {
  json::Document document;
  schema::Errors errors;
  document.set_root(document.make(fields));
  schema::validate(detail::type_of<T>(), document.root(), &out, errors, schema::Loc("body"));
  std::string types;
  for (const auto& error : errors.all()) types += error.loc.back().name + ":" + error.type + " ";
  return types;
}

}  // namespace

TEST_CASE("the password form takes name and password, the rest is optional") {
  auto form = detail::blank_value<OAuth2PasswordRequestForm>();
  CHECK(errors_of(R"({"username": "u", "password": "p"})"_json, form) == "");
  CHECK(form.username == "u");
  CHECK(*form.password == "p");
  CHECK_FALSE(form.grant_type.has_value());
  CHECK_FALSE(form.client_id.has_value());
  CHECK_FALSE(form.client_secret->has_value());
  CHECK(form.scopes().empty());

  CHECK(errors_of(R"({"username": "u", "password": "p", "grant_type": "password",
                      "scope": " a  b ", "client_id": "c", "client_secret": "d"})"_json,
                  form) == "");
  CHECK(form.scopes() == std::vector<std::string>{"a", "b"});
  CHECK(**form.grant_type == "password");
}

TEST_CASE("the password form insists on name and password, the strict one on the grant type") {
  auto form = detail::blank_value<OAuth2PasswordRequestForm>();
  CHECK(errors_of("{}"_json, form) == "username:missing password:missing ");
  CHECK(errors_of(R"({"username": "u", "password": "p", "grant_type": "code"})"_json, form) ==
        "grant_type:string_pattern_mismatch ");
  auto insistent = detail::blank_value<OAuth2PasswordRequestFormStrict>();
  CHECK(errors_of("{}"_json, insistent) == "grant_type:missing username:missing password:missing ");
}

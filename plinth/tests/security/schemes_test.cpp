#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "plinth/http.hpp"
#include "plinth/security.hpp"

using namespace plinth;
using namespace std::literals;

namespace {

using HeaderList = std::vector<HeaderView>;

Request request_with(HeaderList headers, std::string_view query = {}) {
  Request request;
  request.headers = std::move(headers);
  request.query_string = query;
  return request;
}

// By the table, as the routing engine does it; empty: not authenticated.
template <class Scheme>
std::optional<typename Scheme::value_type> read(const Request& request) {
  const auto& row = detail::security_scheme_of<Scheme>;
  alignas(Scheme) std::byte place[sizeof(Scheme)];
  row.make_blank(place);
  auto* scheme = reinterpret_cast<Scheme*>(place);
  std::optional<typename Scheme::value_type> value;
  if (row.read(request, place)) value = **scheme;
  row.destroy(place);
  return value;
}

template <class Scheme>
std::string authorized(std::string_view field) {
  auto value = read<Scheme>(request_with({{"authorization", field}}));
  if (!value) return "(none)";
  if constexpr (requires { value->credentials; }) {
    return value->scheme + "|" + value->credentials;
  } else if constexpr (requires { value->username; }) {
    return value->username + "|" + value->password;
  } else {
    return *value;
  }
}

using Password = OAuth2PasswordBearer<"/api/v1/auth/login">;

}  // namespace

TEST_CASE("a bearer token is what follows the scheme, stripped") {
  CHECK(authorized<Password>("Bearer abc") == "abc");
  CHECK(authorized<Password>("bearer abc") == "abc");
  CHECK(authorized<Password>("BEARER  abc ") == "abc");
  CHECK(authorized<Password>("Bearer \tabc\t") == "abc");
  CHECK(authorized<Password>("Bearer a b") == "a b");
  CHECK(authorized<Password>("Bearer") == "");
  CHECK(authorized<Password>("Bearer ") == "");
  CHECK(authorized<Password>("Bearer \xe9") == "é");
}

TEST_CASE("another scheme is no bearer token") {
  for (auto field :
       {"", "abc", "Basic dTpw", "Bearerabc", "Bearer\tabc", "Bear er abc", " Bearer abc"}) {
    CAPTURE(field);
    CHECK(authorized<Password>(field) == "(none)");
  }
  CHECK_FALSE(read<Password>(request_with({})).has_value());
  CHECK_FALSE(read<Password>(request_with({{"cookie", "authorization=Bearer abc"}},
                                          "authorization=Bearer+abc&access_token=abc"))
                  .has_value());
}

TEST_CASE("two Authorization fields are none") {
  CHECK_FALSE(read<Password>(
                  request_with({{"authorization", "Bearer abc"}, {"authorization", "Bearer abc"}}))
                  .has_value());
  CHECK_FALSE(read<Password>(request_with({{"authorization", "Basic x"},
                                           {"accept", "*/*"},
                                           {"authorization", "Bearer abc"}}))
                  .has_value());
}

TEST_CASE("HTTPBearer keeps the scheme as sent and wants credentials") {
  CHECK(authorized<HTTPBearer<>>("Bearer a b") == "Bearer|a b");
  CHECK(authorized<HTTPBearer<>>("bearer x") == "bearer|x");
  CHECK(authorized<HTTPBearer<>>("Bearer") == "(none)");
  CHECK(authorized<HTTPBearer<>>("Bearer ") == "(none)");
  CHECK(authorized<HTTPBearer<>>("Basic dTpw") == "(none)");
  CHECK(authorized<HTTPDigest<>>("Digest username=\"u\"") == "Digest|username=\"u\"");
  CHECK(authorized<HTTPDigest<>>("Bearer x") == "(none)");
}

TEST_CASE("HTTPBasic splits at the first colon of ASCII in base64") {
  CHECK(authorized<HTTPBasic<>>("Basic dTpw") == "u|p");
  CHECK(authorized<HTTPBasic<>>("basic dTpwOnE=") == "u|p:q");
  CHECK(authorized<HTTPBasic<>>("Basic Og==") == "|");
  for (auto field : {"Basic dXA=", "Basic /////w==", "Basic", "Basic ", "Basic dTp",
                     "Basic dTpwOnE", "Basic dT pw", "Bearer dTpw"}) {
    CAPTURE(field);
    CHECK(authorized<HTTPBasic<>>(field) == "(none)");
  }
}

TEST_CASE("OpenIdConnect hands over the whole field") {
  CHECK(authorized<OpenIdConnect<"/oidc">>("Bearer a b") == "Bearer a b");
  CHECK(authorized<OpenIdConnect<"/oidc">>("x") == "x");
  CHECK(authorized<OpenIdConnect<"/oidc">>("") == "(none)");
}

TEST_CASE("an API key comes from its header, query parameter or cookie") {
  CHECK(read<APIKeyHeader<"X-Key">>(request_with({{"x-key", "k"}})) == "k");
  CHECK_FALSE(read<APIKeyHeader<"X-Key">>(request_with({{"x-key", ""}})).has_value());
  CHECK_FALSE(read<APIKeyHeader<"X-Key">>(request_with({}, "X-Key=k")).has_value());
  CHECK_FALSE(
      read<APIKeyHeader<"X-Key">>(request_with({{"x-key", "k"}, {"x-key", "l"}})).has_value());

  using Query = APIKeyQuery<"key">;
  CHECK(read<Query>(request_with({}, "key=1")) == "1");
  CHECK(read<Query>(request_with({}, "key=1&key=2")) == "2");
  CHECK(read<Query>(request_with({}, "a=b&%6bey=x%20y+z%zz%")) == "x y z%zz%");
  for (auto query : {"", "key", "key=", "Key=1", "akey=1", "key=1&key=", "&&", "="}) {
    CAPTURE(query);
    CHECK_FALSE(read<Query>(request_with({}, query)).has_value());
  }

  using Cookie = APIKeyCookie<"kc">;
  CHECK(read<Cookie>(request_with({{"cookie", "kc=1"}})) == "1");
  CHECK(read<Cookie>(request_with({{"cookie", "a=b; kc=\"x y\"; c=d"}})) == "x y");
  CHECK(read<Cookie>(request_with({{"cookie", "kc=1; kc=2"}})) == "2");
  CHECK(read<Cookie>(request_with({{"cookie", "kc=a%20b=c"}})) == "a%20b=c");
  for (auto cookie : {"", "kc", "kc=", "kd=1", "; ;", "\"kc\"=1", "kc=\"\""}) {
    CAPTURE(cookie);
    CHECK_FALSE(read<Cookie>(request_with({{"cookie", cookie}})).has_value());
  }
}

TEST_CASE("each scheme challenges by its name") {
  CHECK(detail::security_scheme_of<Password>.challenge == "Bearer");
  CHECK(detail::security_scheme_of<HTTPBearer<>>.challenge == "Bearer");
  CHECK(detail::security_scheme_of<HTTPDigest<>>.challenge == "Digest");
  CHECK(detail::security_scheme_of<HTTPBasic<>>.challenge == "Basic");
  CHECK(detail::security_scheme_of<HTTPBasic<realm("the shop")>>.challenge ==
        "Basic realm=\"the shop\"");
  CHECK(detail::security_scheme_of<APIKeyCookie<"kc">>.challenge == "APIKey");
  CHECK(detail::security_scheme_of<OpenIdConnect<"/oidc">>.challenge == "Bearer");
}

TEST_CASE("OpenAPI shows schemes as FastAPI does") {
  auto json = [](const detail::SecurityScheme& row) {
    return std::string(row.name) + " " + row.openapi_json();
  };
  CHECK(json(detail::security_scheme_of<Password>) ==
        R"(OAuth2PasswordBearer {"type":"oauth2","flows":{"password":{"scopes":{},)"
        R"("tokenUrl":"/api/v1/auth/login"}}})");
  CHECK(json(detail::security_scheme_of<
             OAuth2PasswordBearer<"tok", description("od"), refresh_url("r"),
                                  scope("me", "Read me"), scope("items", "Items")>>) ==
        R"(OAuth2PasswordBearer {"type":"oauth2","description":"od","flows":{"password":)"
        R"({"refreshUrl":"r","scopes":{"me":"Read me","items":"Items"},"tokenUrl":"tok"}}})");
  CHECK(json(detail::security_scheme_of<OAuth2AuthorizationCodeBearer<"auth", "tok">>) ==
        R"(OAuth2AuthorizationCodeBearer {"type":"oauth2","flows":{"authorizationCode":)"
        R"({"scopes":{},"authorizationUrl":"auth","tokenUrl":"tok"}}})");
  CHECK(json(detail::security_scheme_of<HTTPBearer<>>) ==
        R"(HTTPBearer {"type":"http","scheme":"bearer"})");
  CHECK(json(detail::security_scheme_of<HTTPBearer<bearer_format("JWT"), scheme_name("Token")>>) ==
        R"(Token {"type":"http","scheme":"bearer","bearerFormat":"JWT"})");
  CHECK(json(detail::security_scheme_of<HTTPBasic<>>) ==
        R"(HTTPBasic {"type":"http","scheme":"basic"})");
  CHECK(json(detail::security_scheme_of<HTTPDigest<>>) ==
        R"(HTTPDigest {"type":"http","scheme":"digest"})");
  CHECK(json(detail::security_scheme_of<APIKeyHeader<"X-Key">>) ==
        R"(APIKeyHeader {"type":"apiKey","in":"header","name":"X-Key"})");
  CHECK(json(detail::security_scheme_of<APIKeyQuery<"key">>) ==
        R"(APIKeyQuery {"type":"apiKey","in":"query","name":"key"})");
  CHECK(json(detail::security_scheme_of<APIKeyCookie<"kc">>) ==
        R"(APIKeyCookie {"type":"apiKey","in":"cookie","name":"kc"})");
  CHECK(json(detail::security_scheme_of<OpenIdConnect<"/oidc">>) ==
        R"(OpenIdConnect {"type":"openIdConnect","openIdConnectUrl":"/oidc"})");
}

TEST_CASE("scopes are joined by spaces") {
  CHECK(SecurityScopes{}.scope_str() == "");
  CHECK(SecurityScopes{.scopes = {"me", "items"}}.scope_str() == "me items");
}

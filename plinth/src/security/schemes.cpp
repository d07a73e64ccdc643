// How security schemes read a request, and how OpenAPI shows them.
// Source: FastAPI 0.143, fastapi/security and fastapi/openapi/models.py.
#include <algorithm>

#include "http/characters.hpp"
#include "http/query.hpp"
#include "plinth/http.hpp"
#include "plinth/security.hpp"
#include "security/base64.hpp"
#include "security/credentials.hpp"

namespace plinth {

std::string SecurityScopes::scope_str() const {
  std::string joined;
  for (const auto& scope : scopes) {
    if (!joined.empty()) joined += ' ';
    joined += scope;
  }
  return joined;
}

namespace detail {

namespace {

Json entry(std::string_view type, const SchemeText& text) {
  auto json = Json::object({{"type", type}});
  if (!text.description.empty()) json["description"] = text.description;
  return json;
}

}  // namespace

std::vector<std::string> split_scopes(const std::string& scope) {
  std::vector<std::string> scopes;
  constexpr std::string_view space = " \t\n\v\f\r";
  for (auto start = scope.find_first_not_of(space); start != std::string::npos;) {
    auto end = std::min(scope.find_first_of(space, start), scope.size());
    scopes.push_back(scope.substr(start, end - start));
    start = scope.find_first_not_of(space, end);
  }
  return scopes;
}

std::string oauth2_json(std::string_view flow, std::string_view authorization_url,
                        std::string_view token_url, const SchemeText& text) {
  auto scopes = Json(Json::Object{});
  for (const auto& scope : text.scopes) scopes[scope.name] = scope.description;

  auto details = Json(Json::Object{});
  if (!text.refresh_url.empty()) details["refreshUrl"] = text.refresh_url;
  details["scopes"] = std::move(scopes);
  if (!authorization_url.empty()) details["authorizationUrl"] = authorization_url;
  details["tokenUrl"] = token_url;

  auto json = entry("oauth2", text);
  json["flows"] = Json::object({{flow, std::move(details)}});
  return json.dump();
}

std::string http_json(std::string_view scheme, const SchemeText& text) {
  auto json = entry("http", text);
  json["scheme"] = scheme;
  if (!text.bearer_format.empty()) json["bearerFormat"] = text.bearer_format;
  return json.dump();
}

std::string api_key_json(ApiKeyPlace place, std::string_view name, const SchemeText& text) {
  static constexpr std::string_view places[] = {"header", "query", "cookie"};
  auto json = entry("apiKey", text);
  json["in"] = places[static_cast<std::size_t>(place)];
  json["name"] = name;
  return json.dump();
}

std::string open_id_json(std::string_view url, const SchemeText& text) {
  auto json = entry("openIdConnect", text);
  json["openIdConnectUrl"] = url;
  return json.dump();
}

bool read_oauth2(const Request& request, std::string& token) {
  auto sent = security::authorization_of(request);
  if (!sent || !http::equal_ignoring_case(sent->scheme, "bearer")) return false;
  token = std::move(sent->credentials);
  return true;
}

bool read_authorization(const Request& request, std::string_view scheme,
                        HTTPAuthorizationCredentials& sent) {
  auto found = security::authorization_of(request);
  if (!found || found->credentials.empty() || !http::equal_ignoring_case(found->scheme, scheme)) {
    return false;
  }
  sent = std::move(*found);
  return true;
}

bool read_basic(const Request& request, HTTPBasicCredentials& sent) {
  auto found = security::authorization_of(request);
  if (!found || !http::equal_ignoring_case(found->scheme, "basic")) return false;
  auto pair = security::decode_base64(found->credentials);
  auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!pair || !std::ranges::all_of(*pair, is_ascii)) return false;
  auto colon = pair->find(':');
  if (colon == std::string::npos) return false;
  sent = {.username = pair->substr(0, colon), .password = pair->substr(colon + 1)};
  return true;
}

bool read_raw_authorization(const Request& request, std::string& value) {
  auto field = security::only_header(request, "authorization");
  if (!field || field->empty()) return false;
  value = http::latin1_to_utf8(*field);
  return true;
}

bool read_api_key(const Request& request, ApiKeyPlace place, std::string_view name,
                  std::string& key) {
  if (place == ApiKeyPlace::header) {
    std::string lowered(name);
    std::ranges::transform(lowered, lowered.begin(), http::lower);
    auto field = security::only_header(request, lowered);
    key = field ? http::latin1_to_utf8(*field) : "";
  } else {
    auto pairs = place == ApiKeyPlace::query ? http::parse_query(request.query_string)
                                             : http::parse_cookies(request);
    auto last = std::find_if(pairs.rbegin(), pairs.rend(),
                             [&](const auto& pair) { return pair.first == name; });
    key = last != pairs.rend() ? std::move(last->second) : "";
  }
  return !key.empty();
}

}  // namespace detail
}  // namespace plinth

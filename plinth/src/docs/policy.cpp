#include "docs/policy.hpp"

#include <algorithm>
#include <set>

#include "security/base64.hpp"
#include "security/digest.hpp"

namespace plinth::docs {
namespace {

// 'sha256-…' of each script that stands in the page.
std::string script_hashes(std::string_view html) {
  constexpr std::string_view open = "<script>";
  constexpr std::string_view close = "</script>";
  std::string hashes;
  for (auto at = html.find(open); at != std::string_view::npos; at = html.find(open, at)) {
    at += open.size();
    const auto script = html.substr(at, html.find(close, at) - at);
    hashes += " 'sha256-" + security::encode_base64(security::sha256(script)) + "'";
  }
  return hashes;
}

// "https://auth.example.com:8443" of an absolute URL; "" of another one, or of one whose host would
// end the directive.
std::string origin_of(std::string_view url) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return {};
  const auto host = url.find("://") + 3;
  const auto origin = url.substr(0, std::min(url.find_first_of("/?#", host), url.size()));
  const auto may_stand = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-:/[]_").find(c) != std::string_view::npos;
  };
  return std::ranges::all_of(origin, may_stand) ? std::string(origin) : std::string();
}

// Every URL below a value: those of the flows of OAuth2, of OpenID Connect.
void add_origins(const Json& value, std::set<std::string>& origins) {
  if (value.is_string()) origins.insert(origin_of(value.str()));
  if (value.is_object()) {
    for (const auto& [name, member] : value.members()) add_origins(member, origins);
  }
  if (value.is_array()) {
    for (const auto& item : value.items()) add_origins(item, origins);
  }
}

}  // namespace

std::string content_security_policy(std::string_view html, const Json& document) {
  std::set<std::string> origins;
  if (document.contains("servers")) add_origins(document["servers"], origins);
  if (document.contains("components") && document["components"].contains("securitySchemes")) {
    add_origins(document["components"]["securitySchemes"], origins);
  }
  auto policy = "default-src 'none'; script-src 'self'" + script_hashes(html);
  policy += "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:";
  policy += "; worker-src blob:; connect-src 'self'";
  for (const auto& origin : origins) {
    if (!origin.empty()) policy += " " + origin;
  }
  return policy + "; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
}

}  // namespace plinth::docs

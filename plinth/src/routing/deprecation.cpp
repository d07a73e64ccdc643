#include "routing/deprecation.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include "http/http_date.hpp"

namespace plinth::routing {
namespace {

constexpr std::int64_t microseconds = 1'000'000;  // a second

[[noreturn]] void refuse(const detail::Route& route, const std::string& why) {
  throw std::invalid_argument("route \"" + route.path + "\" (" + std::string(route.name()) +
                              "): deprecation." + why);
}

std::int64_t seconds_of(const DateTime& time, const detail::Route& route, const char* member) {
  if (time.naive) {
    refuse(route,
           std::string(member) + " " + time.iso() + " has no time zone; write " + time.iso() + "Z");
  }
  if (time.microseconds < 0) refuse(route, std::string(member) + " is before 1970");
  return time.microseconds / microseconds;
}

// <url>; rel="relation" (RFC 8288). The url is a reference: a path of this server, or absolute.
std::string link(const std::string& url, std::string_view relation, const detail::Route& route,
                 const char* member) {
  const auto may_not_stand = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f ||
           c == '<' || c == '>' || c == '"';
  };
  if (std::ranges::any_of(url, may_not_stand)) {
    refuse(route, std::string(member) + " \"" + url +
                      "\" has a character that no URL has; percent-encode it");
  }
  if (url.front() != '/' && !url.starts_with("https://") && !url.starts_with("http://")) {
    refuse(route,
           std::string(member) + " \"" + url + "\" is no URL; write \"/path\" or \"https://…\"");
  }
  return "<" + url + ">; rel=\"" + std::string(relation) + "\"";
}

}  // namespace

std::vector<Headers::Field> deprecation_fields(const detail::Route& route) {
  if (!route.options.deprecation) return {};
  const auto& deprecation = *route.options.deprecation;
  const auto since = seconds_of(deprecation.since, route, "since");
  std::vector<Headers::Field> fields;
  fields.emplace_back("deprecation", "@" + std::to_string(since));
  if (deprecation.sunset) {
    const auto sunset = seconds_of(*deprecation.sunset, route, "sunset");
    // RFC 9745 4: it must not go before it is deprecated.
    if (sunset < since) {
      refuse(route,
             "sunset " + deprecation.sunset->iso() + " is before since " + deprecation.since.iso());
    }
    fields.emplace_back("sunset", http::http_date(sunset));
  }
  if (!deprecation.documentation.empty()) {
    fields.emplace_back("link",
                        link(deprecation.documentation, "deprecation", route, "documentation"));
  }
  if (!deprecation.successor.empty()) {
    fields.emplace_back("link",
                        link(deprecation.successor, "successor-version", route, "successor"));
  }
  return fields;
}

}  // namespace plinth::routing

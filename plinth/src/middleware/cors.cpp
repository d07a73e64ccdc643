// Cross-origin resource sharing: answers preflights, marks other answers.
#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "http/characters.hpp"
#include "middleware/text.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/middleware.hpp"
#include "plinth/security_log.hpp"
#include "schema/pattern.hpp"

namespace plinth {
namespace {

using middleware::lower;

constexpr std::string_view preflight_vary =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, "
    "Access-Control-Request-Private-Network";

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += ", ";
    text += item;
  }
  return text;
}

bool has(const std::vector<std::string>& items, std::string_view item) {
  return std::ranges::find(items, item) != items.end();
}

// Browsers send scheme, host and port in lower case, and nothing behind: what is written otherwise
// would never match, and nobody would see why.
void check_origin(const std::string& origin, bool with_credentials) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument("Cors: allow_origins \"" + origin + "\": " + why);
  };
  if (origin == "*") return;
  if (origin == "null") {
    // Any page can have that origin, in a sandboxed frame.
    if (with_credentials) refuse("with credentials this lets every site act for your users");
    return;
  }
  const auto host = origin.find("://");
  if (host == std::string::npos || host == 0 || host + 3 == origin.size()) {
    refuse("is no origin; write it like \"https://app.example.com\"");
  }
  if (origin.find('*') != std::string::npos) {
    refuse("has no wildcards; use allow_origin_regex");
  }
  if (origin.find_first_of("/?#@ ", host + 3) != std::string::npos) {
    refuse("an origin ends with its host and port; write it like \"https://app.example.com\"");
  }
  if (lower(origin) != origin) refuse("browsers send origins in lower case");
}

class CorsMiddleware final : public detail::Middleware {
 public:
  explicit CorsMiddleware(Cors options);

  bool before(Request& request, Response& answer, std::uint64_t& answered) override;
  Task<void> after(const Request& request, Response& response, std::uint64_t answered) override;

 private:
  bool is_allowed_origin(std::string_view origin) const;
  bool are_allowed_headers(std::string_view requested) const;
  Response preflight(std::string_view origin, const Request& request) const;

  Cors options_;
  bool allow_all_origins_;
  bool allow_all_headers_;
  std::string allow_methods_;  // as sent, like the two below
  std::string allow_headers_;
  std::string expose_headers_;
  std::vector<std::string> lower_headers_;
  std::optional<schema::Pattern> origin_regex_;
};

CorsMiddleware::CorsMiddleware(Cors options)
    : options_(std::move(options)),
      allow_all_origins_(has(options_.allow_origins, "*")),
      allow_all_headers_(has(options_.allow_headers, "*")),
      expose_headers_(joined(options_.expose_headers)) {
  for (const auto& origin : options_.allow_origins) {
    check_origin(origin, options_.allow_credentials);
  }
  if (has(options_.allow_methods, "*")) {
    options_.allow_methods = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY"};
  }
  allow_methods_ = joined(options_.allow_methods);

  std::set<std::string> headers(options_.allow_headers.begin(), options_.allow_headers.end());
  headers.insert({"Accept", "Accept-Language", "Content-Language", "Content-Type"});
  allow_headers_ = joined({headers.begin(), headers.end()});
  for (const auto& header : headers) lower_headers_.push_back(lower(header));

  if (const auto& regex = options_.allow_origin_regex) {
    try {
      origin_regex_.emplace("^(?:" + *regex + ")$");
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("Cors: allow_origin_regex \"" + *regex +
                                  "\" is no regular expression: " + error.what());
    }
  }
}

bool CorsMiddleware::before(Request& request, Response& answer, std::uint64_t& answered) {
  if (request.method != "OPTIONS") return true;
  const auto origin = request.header("origin");
  if (!origin || !request.header("access-control-request-method")) return true;
  answer = preflight(*origin, request);
  answered = 1;
  return false;
}

Task<void> CorsMiddleware::after(const Request& request, Response& response,
                                 std::uint64_t answered) {
  if (answered) return {};
  auto& headers = response.headers;
  if (const auto origin = request.header("origin")) {
    // A browser takes "*" for no origin when the request has credentials.
    if (allow_all_origins_) {
      headers.set("access-control-allow-origin", options_.allow_credentials ? *origin : "*");
    }
    if (options_.allow_credentials) headers.set("access-control-allow-credentials", "true");
    if (!expose_headers_.empty()) headers.set("access-control-expose-headers", expose_headers_);
    if (!allow_all_origins_ && is_allowed_origin(*origin)) {
      headers.set("access-control-allow-origin", *origin);
    }
  }
  // Also without an Origin: a cache must not give this answer to a page of another one.
  headers.add_vary("Origin");
  return {};
}

bool CorsMiddleware::is_allowed_origin(std::string_view origin) const {
  if (allow_all_origins_ || has(options_.allow_origins, origin)) return true;
  return origin_regex_ && origin_regex_->found_in(origin);
}

bool CorsMiddleware::are_allowed_headers(std::string_view requested) const {
  for (std::size_t start = 0; start <= requested.size();) {
    const auto end = std::min(requested.find(',', start), requested.size());
    const auto name = http::strip_blanks(requested.substr(start, end - start));
    if (!has(lower_headers_, lower(name))) return false;
    start = end + 1;
  }
  return true;
}

Response CorsMiddleware::preflight(std::string_view origin, const Request& request) const {
  const auto requested_headers = request.header("access-control-request-headers");
  std::string failures;
  const auto fail = [&](std::string_view what) {
    failures += failures.empty() ? "Disallowed CORS " : ", ";
    failures += what;
  };

  Headers headers;
  headers.append("vary", preflight_vary);
  const bool names_origin = !allow_all_origins_ || options_.allow_credentials;
  if (!names_origin) headers.append("access-control-allow-origin", "*");
  headers.append("access-control-allow-methods", allow_methods_);
  headers.append("access-control-max-age", std::to_string(options_.max_age));
  if (!allow_all_headers_) headers.append("access-control-allow-headers", allow_headers_);
  if (options_.allow_credentials) headers.append("access-control-allow-credentials", "true");

  if (!is_allowed_origin(origin)) {
    fail("origin");
    logging::security(SecurityEvent::malicious_cors, {{"origin", origin}});
  } else if (names_origin) {
    headers.append("access-control-allow-origin", origin);
  }
  if (!has(options_.allow_methods, *request.header("access-control-request-method"))) {
    fail("method");
  }
  if (requested_headers && allow_all_headers_) {
    headers.append("access-control-allow-headers", *requested_headers);
  } else if (requested_headers && !are_allowed_headers(*requested_headers)) {
    fail("headers");
  }
  if (request.header("access-control-request-private-network")) {
    if (options_.allow_private_network) {
      headers.append("access-control-allow-private-network", "true");
    } else {
      fail("private-network");
    }
  }

  auto response = failures.empty() ? Response::text("OK") : Response::text(failures, 400);
  response.headers = std::move(headers);
  return response;
}

}  // namespace

std::unique_ptr<detail::Middleware> make_middleware(Cors options) {
  return std::make_unique<CorsMiddleware>(std::move(options));
}

}  // namespace plinth

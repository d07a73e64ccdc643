// Refuses requests for other hosts; redirects http to https.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "middleware/text.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/middleware.hpp"
#include "plinth/security_log.hpp"

namespace plinth {
namespace {

using middleware::lower;

// The host without its port: "[::1]" of "[::1]:8000".
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

Response redirect_to(std::string_view scheme, std::string_view host, const Request& request) {
  auto url = std::string(scheme) + "://";
  url += host;
  url += request.target;
  return Response::redirect(url);
}

void check(const std::string& pattern) {
  const auto refuse = [&](const char* why) {
    throw std::invalid_argument("TrustedHost: \"" + pattern + "\": " + why);
  };
  if (pattern.find('*', 1) != std::string::npos ||
      (pattern.starts_with('*') && pattern != "*" && !pattern.starts_with("*."))) {
    refuse("a domain wildcard must be like \"*.example.com\"");
  }
  if (pattern.find('/') != std::string::npos || without_port(pattern) != pattern) {
    refuse("a host has no scheme, port or path; write it like \"api.example.com\"");
  }
}

class TrustedHostMiddleware final : public detail::Middleware {
 public:
  explicit TrustedHostMiddleware(TrustedHost options) : options_(std::move(options)) {
    for (auto& pattern : options_.allowed_hosts) {
      check(pattern);
      pattern = lower(pattern);
    }
  }

  bool before(Request& request, Response& answer, std::uint64_t&) override {
    if (std::ranges::find(options_.excluded_paths, request.path) != options_.excluded_paths.end()) {
      return true;
    }
    const auto host = lower(without_port(request.host));
    bool found_www = false;
    for (const auto& pattern : options_.allowed_hosts) {
      if (host == pattern || (pattern.starts_with('*') && host.ends_with(pattern.substr(1)))) {
        return true;
      }
      found_www = found_www || "www." + host == pattern;
    }
    if (found_www && options_.www_redirect) {
      answer = redirect_to(request.scheme, "www." + request.host, request);
    } else {
      answer = Response::text("Invalid host header", 400);
      logging::security(SecurityEvent::malicious_host, {{"host", request.host}});
    }
    return false;
  }

 private:
  TrustedHost options_;
};

class HttpsRedirectMiddleware final : public detail::Middleware {
 public:
  bool before(Request& request, Response& answer, std::uint64_t&) override {
    if (request.scheme != "http") return true;
    std::string_view host = request.host;
    const auto name = without_port(host);
    const auto port = host.substr(name.size());
    answer = redirect_to("https", port == ":80" || port == ":443" ? name : host, request);
    return false;
  }
};

}  // namespace

std::unique_ptr<detail::Middleware> make_middleware(TrustedHost options) {
  return std::make_unique<TrustedHostMiddleware>(std::move(options));
}

std::unique_ptr<detail::Middleware> make_middleware(HttpsRedirect) {
  return std::make_unique<HttpsRedirectMiddleware>();
}

}  // namespace plinth

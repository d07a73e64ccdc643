// Adds what browsers should heed to every answer that does not say it itself.
#include "plinth/security_headers.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "middleware/text.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/http.hpp"

namespace plinth {
namespace {

constexpr std::int64_t preload_max_age = 31'536'000;  // hstspreload.org asks for a year

std::string strict_transport_security(const SecurityHeaders& options) {
  if (options.hsts_max_age < 0) {
    throw std::invalid_argument("SecurityHeaders: hsts_max_age is " +
                                std::to_string(options.hsts_max_age) +
                                "; it is seconds, 0 for no header");
  }
  if (options.hsts_max_age == 0) return {};
  if (options.hsts_preload &&
      (options.hsts_max_age < preload_max_age || !options.hsts_include_subdomains)) {
    throw std::invalid_argument(
        "SecurityHeaders: hsts_preload needs hsts_include_subdomains and an hsts_max_age of "
        "31536000 or more");
  }
  auto value = "max-age=" + std::to_string(options.hsts_max_age);
  if (options.hsts_include_subdomains) value += "; includeSubDomains";
  if (options.hsts_preload) value += "; preload";
  return value;
}

class SecurityHeadersMiddleware final : public detail::Middleware {
 public:
  explicit SecurityHeadersMiddleware(SecurityHeaders options)
      : hsts_(strict_transport_security(options)), hsts_over_http_(options.hsts_over_http) {
    add(always_, "content-security-policy", std::move(options.content_security_policy));
    add(always_, "x-content-type-options", options.nosniff ? "nosniff" : "");
    add(always_, "x-frame-options", std::move(options.frame_options));
    add(always_, "referrer-policy", std::move(options.referrer_policy));
    add(always_, "cross-origin-resource-policy", std::move(options.cross_origin_resource_policy));
    add(pages_, "cross-origin-opener-policy", std::move(options.cross_origin_opener_policy));
    add(pages_, "permissions-policy", std::move(options.permissions_policy));
  }

  Task<void> after(const Request& request, Response& response, std::uint64_t) override {
    complete(response.headers, always_);
    if (is_page(response)) complete(response.headers, pages_);
    if (!hsts_.empty() && (hsts_over_http_ || request.scheme == "https") &&
        !response.headers.contains("strict-transport-security")) {
      response.headers.append("strict-transport-security", hsts_);
    }
    return {};
  }

 private:
  using Fields = std::vector<Headers::Field>;

  static void add(Fields& fields, std::string_view name, std::string value) {
    if (value.empty()) return;
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      throw std::invalid_argument("SecurityHeaders: " + std::string(name) +
                                  " has a line break; write it in one line");
    }
    fields.emplace_back(name, std::move(value));
  }
  static void complete(Headers& headers, const Fields& fields) {
    for (const auto& [name, value] : fields) {
      if (!headers.contains(name)) headers.append(name, value);
    }
  }
  static bool is_page(const Response& response) {
    const auto named = response.headers.get("content-type");
    return middleware::lower(named ? *named : response.media_type).starts_with("text/html");
  }

  Fields always_;
  Fields pages_;
  std::string hsts_;
  bool hsts_over_http_;
};

}  // namespace

std::unique_ptr<detail::Middleware> make_middleware(SecurityHeaders options) {
  return std::make_unique<SecurityHeadersMiddleware>(std::move(options));
}

}  // namespace plinth

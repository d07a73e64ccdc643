#include "deviations.hpp"

#include <algorithm>
#include <iterator>

namespace app {

namespace {

constexpr auto json = "content-type: application/json\nvary: Origin\n";
constexpr auto with_challenge =
    "content-type: application/json\nvary: Origin\nwww-authenticate: Bearer\n";
constexpr auto with_error =
    "content-type: application/json\nvary: Origin\nwww-authenticate: Bearer "
    "error=\"invalid_token\"\n";
constexpr auto not_stored =
    "cache-control: no-store\ncontent-type: application/json\nvary: Origin\n";
constexpr auto hidden = R"("input":"**********")";

constexpr Deviation deviations[] = {
    // Refused before there is a request.
    {.name = "bad-request-line", .below = true},
    {.name = "no-host", .below = true},
    // An unknown method is a method like others to a server: 405, not 400.
    {.name = "405-custom-method",
     .status = 405,
     .body = R"({"detail":"Method Not Allowed"})",
     .headers = "allow: GET\ncontent-type: application/json\nvary: Origin\n"},
    // A redirect stays on the host that was asked; a forged Host is not repeated.
    {.name = "health-slash", .headers = "location: /health\nvary: Origin\n"},
    {.name = "health-slash-q", .headers = "location: /health?a=1&b=%20\nvary: Origin\n"},
    {.name = "login-slash-post", .headers = "location: /api/v1/auth/login\nvary: Origin\n"},
    {.name = "docs-slash", .headers = "location: /docs\nvary: Origin\n"},
    // Every 401 says how to authenticate.
    {.name = "me-bearer-empty", .headers = with_error},
    {.name = "me-bearer-empty-sp", .headers = with_error},
    {.name = "me-bearer-junk", .headers = with_error},
    {.name = "me-lower-bearer", .headers = with_error},
    {.name = "login-bad", .headers = with_challenge},
    {.name = "login-unknown", .headers = with_challenge},
    {.name = "login-longpw", .headers = with_challenge},
    // No cache may keep a token (RFC 6749 5.1).
    {.name = "login-ok", .headers = not_stored},
    {.name = "login-ok2", .headers = not_stored},
    // There is a list of users, for administrators.
    {.name = "users-404",
     .status = 403,
     .body = R"({"detail":"Not enough permissions"})",
     .headers = "content-type: application/json\nvary: Origin\n"
                "www-authenticate: Bearer error=\"insufficient_scope\", scope=\"users:read\"\n"},
    // One account an address.
    {.name = "reg-dup-case", .status = 400, .body = R"({"detail":"Email already registered"})"},
    // Passwords have 8 to 128 characters, and 72 bytes.
    {.name = "reg-short-pw", .status = 422, .body = "string_too_short"},
    {.name = "reg-empty-pw", .status = 422, .body = "string_too_short"},
    {.name = "reg-long-pw", .status = 422, .body = "at most 72 bytes"},
    // What the seed answers with 500.
    {.name = "reg-nul-pw", .status = 422, .body = "string_too_short", .headers = json},
    {.name = "reg-nan", .status = 422, .body = R"("input":null)", .headers = json},
    {.name = "reg-surrogate", .status = 422, .body = "string_unicode", .headers = json},
    {.name = "reg-deep", .status = 422, .body = "json_invalid", .headers = json},
    {.name = "reg-bigint", .status = 422, .body = "string_type", .headers = json},
    // A password is never echoed.
    {.name = "reg-types", .body = hidden},
    {.name = "reg-types2", .body = hidden},
    {.name = "reg-text-plain", .body = hidden},
    {.name = "reg-noct", .body = hidden},
    {.name = "reg-form", .body = hidden},
    {.name = "reg-badct", .body = hidden},
    // The form that Authorize sends.
    {.name = "login-form",
     .status = 200,
     .body = R"("token_type":"bearer")",
     .headers = not_stored},
    // Pages with their scripts in the binary; figures of this process.
    {.name = "docs", .body = "/docs/assets/"},
    {.name = "docs-gzip", .body = "/docs/assets/"},
    {.name = "oauth2-redirect", .body = "swaggerUIRedirectOauth2"},
    {.name = "redoc", .body = "/docs/assets/"},
    {.name = "openapi", .body = "UserCreate"},
    {.name = "openapi-origin", .body = "UserCreate"},
    {.name = "metrics", .body = "http_requests_total"},
    {.name = "metrics-openmetrics", .body = "http_requests_total"},
    {.name = "openapi-gzip", .body = "\x1f\x8b"},
    {.name = "metrics-gzip", .body = "\x1f\x8b"},
    // "gzip;q=0" means no gzip.
    {.name = "openapi-gzip-q0",
     .body = "UserCreate",
     .headers = "content-type: application/json\nvary: Origin, Accept-Encoding\n"},
};

}  // namespace

const Deviation* find_deviation(std::string_view exchange) {
  const auto* found = std::ranges::find(deviations, exchange, &Deviation::name);
  return found == std::end(deviations) ? nullptr : found;
}

}  // namespace app

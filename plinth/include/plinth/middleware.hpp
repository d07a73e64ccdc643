// What wraps every request, as option structs for app.use(…). Stands for Starlette's middleware.
// Example: plinth/examples/04_middleware.cpp
//
//   app.use(Cors{.allow_origins = {"https://app.example.com"}, .allow_credentials = true});
//   app.use(Gzip{.minimum_size = 1024});
//
// The one used last is outermost: it sees the request first and the response last. The answers to
// errors pass through all of them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plinth {

namespace detail {
struct Middleware;
}

/// Which other origins' pages may read the answers. Source: Starlette 1.9, middleware/cors.py
///
/// allow_origins       "https://app.example.com", or "*" for any. With credentials "*" lets every
/// site
///                     act for your users: for development only
/// allow_origin_regex  must match the whole origin; RE2, so without lookaround and backreferences
/// allow_headers       beside Accept, Accept-Language, Content-Language, Content-Type; "*" for any
/// allow_credentials   cookies and Authorization; the origin is then named in the answer, never "*"
/// throws              std::invalid_argument, when it is used, for a regex that is none, for what
/// no
///                     browser sends as an origin, and for "null" with credentials
struct Cors {
  std::vector<std::string> allow_origins = {};
  std::vector<std::string> allow_methods = {"GET"};
  std::vector<std::string> allow_headers = {};
  bool allow_credentials = false;
  std::optional<std::string> allow_origin_regex = {};
  bool allow_private_network = false;
  std::vector<std::string> expose_headers = {};
  int max_age = 600;  // seconds a browser may keep the answer to a preflight
};

/// Compresses bodies for clients that accept it. Source: Starlette 1.9, middleware/gzip.py
///
/// Left as they are: partial content, what has a Content-Encoding already, and the media types
/// listed ("audio/*" stands for all of a kind). Bodies of thread_minimum_size are compressed on a
/// worker thread.
struct Gzip {
  std::size_t minimum_size = 500;  // bytes
  int compresslevel = 9;           // 0 to 9
  std::size_t thread_minimum_size = std::size_t{16} * 1024;
  std::vector<std::string> exclude_content_types = {
      "application/gzip", "application/x-gzip", "application/zip", "audio/*",    "font/woff",
      "font/woff2",       "image/avif",         "image/gif",       "image/jpeg", "image/png",
      "image/webp",       "text/event-stream",  "video/*"};
};

/// Refuses requests for other hosts with 400. Source: Starlette 1.9, middleware/trustedhost.py
///
/// allowed_hosts   "example.com", "*.example.com" (any host under it), or "*"; without a port
/// www_redirect    redirects to "www." + host when only that is allowed
/// excluded_paths  answered for any host: "/health", which orchestrators ask by address
/// throws          std::invalid_argument for a "*" elsewhere, a port or a scheme, when it is used
struct TrustedHost {
  std::vector<std::string> allowed_hosts = {"*"};
  bool www_redirect = true;
  std::vector<std::string> excluded_paths = {};
};

/// Redirects http to https. Source: Starlette 1.9, middleware/httpsredirect.py
struct HttpsRedirect {};

/// Gives every request an id: X-Request-ID as sent, if it is 1 to 128 visible ASCII characters,
/// else 32 random hexadecimal digits. It is Request::request_id, in the request's log lines, and in
/// the answer.
struct RequestId {};

std::unique_ptr<detail::Middleware> make_middleware(Cors options);
std::unique_ptr<detail::Middleware> make_middleware(Gzip options);
std::unique_ptr<detail::Middleware> make_middleware(TrustedHost options);
std::unique_ptr<detail::Middleware> make_middleware(HttpsRedirect options);
std::unique_ptr<detail::Middleware> make_middleware(RequestId options);

}  // namespace plinth

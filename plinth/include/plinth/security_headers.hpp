// Headers that tell browsers to be careful. Stands for what secure.py or a proxy adds in front of
// FastAPI. Source: OWASP REST Security and HTTP Headers cheat sheets; ASVS 5.0, 3.4
//
//   app.use(SecurityHeaders{});
//   app.use(SecurityHeaders{.frame_options = "SAMEORIGIN", .hsts_over_http = true});
//
// A header that a handler has set stays as it is, so that a page has its own policy:
//
//   auto page = Response::html(html);
//   page.headers.set("content-security-policy", "default-src 'self'");
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace plinth {

namespace detail {
struct Middleware;
}

/// An empty text leaves its header out.
///
/// throws  std::invalid_argument, when it is used, for what browsers would not take: a header with
///         a line break, hsts_preload without a year and subdomains
struct SecurityHeaders {
  // Strict-Transport-Security, in seconds; 0: none. Sent with https only, since browsers ignore it
  // elsewhere (RFC 6797, 7.2). A proxy that ends TLS is believed by ProxyHeaders; where it does not
  // say so, hsts_over_http.
  std::int64_t hsts_max_age = 31'536'000;  // a year
  bool hsts_include_subdomains = false;    // true only when every host below has https
  bool hsts_preload = false;
  bool hsts_over_http = false;

  // Of answers that are data: a browser that is made to show one as a page runs nothing of it. The
  // documentation's pages bring policies of their own.
  std::string content_security_policy =
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  bool nosniff = true;  // X-Content-Type-Options
  std::string frame_options = "DENY";
  std::string referrer_policy = "no-referrer";
  // Whose pages may embed an answer without CORS, as <img> or <script> do. Requests by CORS are
  // not concerned.
  std::string cross_origin_resource_policy = "same-origin";

  // Of text/html, where they mean something.
  std::string cross_origin_opener_policy = "same-origin";
  std::string permissions_policy = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
};

std::unique_ptr<detail::Middleware> make_middleware(SecurityHeaders options);

}  // namespace plinth

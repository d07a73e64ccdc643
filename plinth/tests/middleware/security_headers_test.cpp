#include "plinth/security_headers.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "middleware/harness.hpp"

using namespace plinth;

namespace {

std::string lines(const Headers& headers) {
  std::string text;
  for (const auto& [name, value] : headers) text += name + ": " + value + "\n";
  return text;
}

Exchange over_https(detail::Middleware& middleware) {
  Exchange made;
  made.request.scheme = "https";
  CHECK_FALSE(middleware.after(made.request, made.response, 0));
  return made;
}

}  // namespace

TEST_CASE("data is marked as data") {
  auto careful = make(SecurityHeaders{});
  CHECK(lines(pass(*careful, "GET", {}).response.headers) ==
        "content-security-policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'\n"
        "x-content-type-options: nosniff\n"
        "x-frame-options: DENY\n"
        "referrer-policy: no-referrer\n"
        "cross-origin-resource-policy: same-origin\n");
}

TEST_CASE("a page is told what pages are told") {
  auto careful = make(SecurityHeaders{});
  auto page = pass(*careful, "GET", {}, Response::html("<p>"));
  CHECK(page.header("cross-origin-opener-policy") == "same-origin");
  CHECK(page.header("permissions-policy") ==
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  auto named = Response{.body = "<p>", .media_type = ""};
  named.headers.append("content-type", "Text/HTML");
  CHECK(pass(*careful, "GET", {}, std::move(named)).header("permissions-policy") != "(none)");
}

TEST_CASE("what a handler has set stays") {
  auto careful = make(SecurityHeaders{});
  auto page = Response::html("<p>");
  page.headers.append("content-security-policy", "default-src 'self'");
  page.headers.append("x-frame-options", "SAMEORIGIN");
  page.headers.append("cross-origin-opener-policy", "unsafe-none");
  auto made = pass(*careful, "GET", {}, std::move(page));
  CHECK(made.header("content-security-policy") == "default-src 'self'");
  CHECK(made.header("x-frame-options") == "SAMEORIGIN");
  CHECK(made.header("cross-origin-opener-policy") == "unsafe-none");
  CHECK(made.header("x-content-type-options") == "nosniff");
}

TEST_CASE("strict transport security is said over https, or when told to") {
  auto careful = make(SecurityHeaders{});
  CHECK(over_https(*careful).header("strict-transport-security") == "max-age=31536000");
  CHECK(pass(*careful, "GET", {}).header("strict-transport-security") == "(none)");

  auto behind = make(SecurityHeaders{
      .hsts_include_subdomains = true, .hsts_preload = true, .hsts_over_http = true});
  CHECK(pass(*behind, "GET", {}).header("strict-transport-security") ==
        "max-age=31536000; includeSubDomains; preload");
  auto without = make(SecurityHeaders{.hsts_max_age = 0});
  CHECK(over_https(*without).header("strict-transport-security") == "(none)");
}

TEST_CASE("an empty text leaves its header out") {
  auto bare = make(SecurityHeaders{.content_security_policy = "",
                                   .nosniff = false,
                                   .frame_options = "",
                                   .referrer_policy = "",
                                   .cross_origin_resource_policy = "",
                                   .cross_origin_opener_policy = "",
                                   .permissions_policy = ""});
  CHECK(pass(*bare, "GET", {}, Response::html("<p>")).response.headers.size() == 0);
}

TEST_CASE("what browsers would not take is refused at the start") {
  CHECK_THROWS_WITH_AS(make(SecurityHeaders{.hsts_preload = true}),
                       doctest::Contains("hsts_preload needs hsts_include_subdomains"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(make(SecurityHeaders{.hsts_max_age = -1}),
                       doctest::Contains("hsts_max_age is -1"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(make(SecurityHeaders{.referrer_policy = "origin\r\nset-cookie: a=b"}),
                       doctest::Contains("referrer-policy has a line break"),
                       std::invalid_argument);
}

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>

#include "middleware/harness.hpp"

using namespace plinth;

TEST_CASE("a request id is taken over when it is sane") {
  auto ids = make(RequestId{});
  auto made = pass(*ids, "GET", {{"x-request-id", "abc-123"}});
  CHECK(made.request.request_id == "abc-123");
  CHECK(made.header("x-request-id") == "abc-123");
}

TEST_CASE("a request id that could do harm is replaced") {
  auto ids = make(RequestId{});
  const std::string longest(128, 'x');
  const std::string too_long(129, 'x');
  CHECK(pass(*ids, "GET", {{"x-request-id", longest}}).request.request_id == longest);
  for (std::string_view sent :
       {std::string_view(""), std::string_view("two words"), std::string_view("tab\tbed"),
        std::string_view("\xc3\xa9"), std::string_view(too_long)}) {
    auto made = pass(*ids, "GET", {{"x-request-id", sent}});
    CHECK(made.request.request_id.size() == 32);
    CHECK(made.request.request_id.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
}

TEST_CASE("made request ids differ") {
  auto ids = make(RequestId{});
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(pass(*ids, "GET", {}).request.request_id);
  CHECK(seen.size() == 1000);
}

namespace {

Exchange ask_host(detail::Middleware& hosts, std::string host, std::string_view scheme = "http") {
  Exchange made;
  made.request.method = "GET";
  made.request.target = "/a%2Fb?q=1";
  made.request.host = std::move(host);
  made.request.scheme = scheme;
  std::uint64_t kept = 0;
  made.reached = hosts.before(made.request, made.response, kept);
  return made;
}

}  // namespace

TEST_CASE("requests for other hosts are refused") {
  auto hosts = make(TrustedHost{.allowed_hosts = {"example.com", "*.example.org", "[::1]"}});
  CHECK(ask_host(*hosts, "example.com").reached);
  CHECK(ask_host(*hosts, "EXAMPLE.com:8000").reached);
  CHECK(ask_host(*hosts, "a.b.example.org").reached);
  CHECK(ask_host(*hosts, "[::1]:8000").reached);
  CHECK(!ask_host(*hosts, "example.org").reached);
  CHECK(!ask_host(*hosts, "evilexample.org").reached);
  CHECK(!ask_host(*hosts, "").reached);

  auto refused = ask_host(*hosts, "example.com.evil");
  CHECK(refused.response.status == 400);
  CHECK(refused.response.body == "Invalid host header");
}

TEST_CASE("a host that is allowed with www only is redirected there") {
  auto hosts = make(TrustedHost{.allowed_hosts = {"www.example.com"}});
  auto made = ask_host(*hosts, "example.com:8000");
  CHECK(made.response.status == 307);
  CHECK(made.header("location") == "http://www.example.com:8000/a%2Fb?q=1");

  auto strict = make(TrustedHost{.allowed_hosts = {"www.example.com"}, .www_redirect = false});
  CHECK(ask_host(*strict, "example.com").response.status == 400);
}

TEST_CASE("a wildcard stands for all labels before a domain, and nowhere else") {
  CHECK_THROWS_AS(make(TrustedHost{.allowed_hosts = {"example.*"}}), std::invalid_argument);
  CHECK_THROWS_AS(make(TrustedHost{.allowed_hosts = {"*example.com"}}), std::invalid_argument);
}

TEST_CASE("an allowed host with a scheme, a port or a path would never match, and is refused") {
  for (const char* host : {"https://example.com", "example.com:8000", "example.com/"}) {
    CAPTURE(host);
    CHECK_THROWS_WITH_AS(make(TrustedHost{.allowed_hosts = {host}}),
                         doctest::Contains("a host has no scheme, port or path"),
                         std::invalid_argument);
  }
}

TEST_CASE("excluded paths are answered for any host") {
  auto hosts = make(TrustedHost{.allowed_hosts = {"example.com"}, .excluded_paths = {"/health"}});
  Exchange made;
  std::uint64_t kept = 0;
  made.request.host = "10.0.0.7:8000";
  made.request.path = "/health";
  CHECK(hosts->before(made.request, made.response, kept));
  made.request.path = "/health/";
  CHECK_FALSE(hosts->before(made.request, made.response, kept));
}

TEST_CASE("http is redirected to https without its port") {
  auto redirect = make(HttpsRedirect{});
  CHECK(ask_host(*redirect, "example.com", "https").reached);
  auto made = ask_host(*redirect, "example.com:80");
  CHECK(made.response.status == 307);
  CHECK(made.header("location") == "https://example.com/a%2Fb?q=1");
  CHECK(ask_host(*redirect, "example.com:8000").header("location") ==
        "https://example.com:8000/a%2Fb?q=1");
}

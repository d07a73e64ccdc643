#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "middleware/forwarded.hpp"
#include "middleware/harness.hpp"
#include "plinth/proxy_headers.hpp"

using namespace plinth;

namespace {

// "client scheme host" as the application sees them.
std::string seen(const ProxyHeaders& options, std::string_view peer,
                 std::vector<HeaderView> headers) {
  auto proxies = make_middleware(options);
  Request request;
  request.client_host = peer;
  request.client_port = 4711;
  request.host = "internal:8000";
  request.headers = std::move(headers);
  Response response;
  std::uint64_t kept = 0;
  CHECK(proxies->before(request, response, kept));
  CHECK(request.client_port == (request.client_host == peer ? 4711 : 0));
  return request.client_host + ' ' + std::string(request.scheme) + ' ' + request.host;
}

const ProxyHeaders behind_ten{.trusted_hosts = {"10.0.0.0/8", "2001:db8:a::/48"}};
const ProxyHeaders rfc7239{.trusted_hosts = {"10.0.0.0/8", "2001:db8:a::/48"},
                           .fields = ForwardedBy::forwarded,
                           .forwarded_host = true};
constexpr std::string_view unchanged = "10.0.0.1 http internal:8000";

}  // namespace

TEST_CASE("a trusted proxy tells who asked") {
  CHECK(seen(behind_ten, "10.0.0.1",
             {{"x-forwarded-for", "203.0.113.7"}, {"x-forwarded-proto", "https"}}) ==
        "203.0.113.7 https internal:8000");
  CHECK(seen(behind_ten, "2001:db8:a::1", {{"x-forwarded-for", "2001:DB8::7"}}) ==
        "2001:db8::7 http internal:8000");
  CHECK(seen(behind_ten, "::ffff:10.0.0.1", {{"x-forwarded-for", "203.0.113.7"}}) ==
        "203.0.113.7 http internal:8000");
  CHECK(seen({}, "127.0.0.1", {{"x-forwarded-for", "203.0.113.7"}}) ==
        "203.0.113.7 http internal:8000");
}

TEST_CASE("what an untrusted peer says has no effect") {
  for (const auto& options : {behind_ten, rfc7239, ProxyHeaders{}}) {
    for (const std::string peer :
         {"203.0.113.66", "2001:db8::66", "11.0.0.1", "", "unix", "10.0.0"}) {
      CAPTURE(peer);
      CHECK(seen(options, peer,
                 {{"x-forwarded-for", "192.0.2.1"},
                  {"x-forwarded-proto", "https"},
                  {"x-forwarded-host", "evil.example"},
                  {"forwarded", "for=192.0.2.1;proto=https;host=evil.example"}}) ==
            peer + " http internal:8000");
    }
  }
}

TEST_CASE("the client is the first address from the right that is not a proxy's") {
  struct Case {
    std::string_view addresses;
    std::string_view client;
  };
  for (const auto& [addresses, client] :
       {Case{"192.0.2.1, 203.0.113.7", "203.0.113.7"},
        {"192.0.2.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"},
        {"192.0.2.1,203.0.113.7,10.0.0.2,10.9.9.9", "203.0.113.7"},
        {"10.0.0.3, 10.0.0.2", "10.0.0.3"},
        {"127.0.0.1", "127.0.0.1"},
        {"garbage, 203.0.113.7", "203.0.113.7"},
        {"203.0.113.7, garbage", "10.0.0.1"},
        {"203.0.113.7, garbage, 10.0.0.2", "10.0.0.2"},
        {"unknown", "10.0.0.1"},
        {" , ,203.0.113.7,, ", "203.0.113.7"},
        {"203.0.113.7:4711", "203.0.113.7"},
        {"[2001:db8::7]:4711", "2001:db8::7"},
        {"[2001:db8::7]", "2001:db8::7"},
        {"2001:db8:a::9, 2001:db8:b::1, 2001:db8:a::2", "2001:db8:b::1"},
        {"::ffff:203.0.113.7", "203.0.113.7"}}) {
    CAPTURE(addresses);
    CHECK(seen(behind_ten, "10.0.0.1", {{"x-forwarded-for", addresses}}) ==
          std::string(client) + " http internal:8000");
  }
}

TEST_CASE("several fields are one list") {
  CHECK(seen(behind_ten, "10.0.0.1",
             {{"x-forwarded-for", "192.0.2.1"},
              {"accept", "*/*"},
              {"x-forwarded-for", "203.0.113.7"},
              {"x-forwarded-for", "10.0.0.2"}}) == "203.0.113.7 http internal:8000");
}

TEST_CASE("a malformed list changes nothing") {
  const std::string commas(8000, ',');
  const std::string addresses = [] {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "10.0.0.1,";
    return text;
  }();
  for (const std::string_view bad : {std::string_view(""),
                                     std::string_view(","),
                                     std::string_view(",,,"),
                                     std::string_view(" "),
                                     std::string_view("1.2.3"),
                                     std::string_view("1.2.3.4.5"),
                                     std::string_view("1.2.3.256"),
                                     std::string_view("01.2.3.4"),
                                     std::string_view("1.2.3.4:"),
                                     std::string_view("[1.2.3.4]"),
                                     std::string_view("["),
                                     std::string_view("[]"),
                                     std::string_view("[::1"),
                                     std::string_view("::1]"),
                                     std::string_view("[::1]x"),
                                     std::string_view("fe80::1%eth0"),
                                     std::string_view("1.2.3.4/8"),
                                     std::string_view("\"1.2.3.4\""),
                                     std::string_view("1.2.3.4\0", 8),
                                     std::string_view("\xff\xfe"),
                                     std::string_view(commas)}) {
    CAPTURE(bad);
    const auto expected = bad == "1.2.3.4:" ? "1.2.3.4 http internal:8000" : unchanged;
    CHECK(seen(behind_ten, "10.0.0.1", {{"x-forwarded-for", bad}}) == expected);
  }
  CHECK(seen(behind_ten, "10.0.0.9", {{"x-forwarded-for", addresses}}) == unchanged);
}

TEST_CASE("the scheme is the one that the client used") {
  struct Case {
    std::string_view addresses;
    std::string_view protos;
    std::string_view scheme;
  };
  for (const auto& [addresses, protos, scheme] :
       {Case{"203.0.113.7", "https", "https"},
        {"203.0.113.7", "HTTPS", "https"},
        {"203.0.113.7", "wss", "https"},
        {"203.0.113.7", "javascript", "http"},
        {"203.0.113.7", "", "http"},
        {"203.0.113.7, 10.0.0.2", "https, http", "https"},
        {"192.0.2.1, 203.0.113.7, 10.0.0.2", "http, https, http", "https"},
        {"192.0.2.1, 203.0.113.7, 10.0.0.2", "https", "https"},
        {"203.0.113.7", "http, https", "https"},
        {"", "https", "https"}}) {
    CAPTURE(protos);
    CAPTURE(addresses);
    std::vector<HeaderView> headers{{"x-forwarded-proto", protos}};
    if (!addresses.empty()) headers.push_back({"x-forwarded-for", addresses});
    const auto client = addresses.empty() ? "10.0.0.1" : "203.0.113.7";
    CHECK(seen(behind_ten, "10.0.0.1", headers) ==
          std::string(client) + ' ' + std::string(scheme) + " internal:8000");
  }
}

TEST_CASE("the host is taken only when told to, and only a valid one") {
  const std::vector<HeaderView> headers{{"x-forwarded-for", "203.0.113.7"},
                                        {"x-forwarded-host", "shop.example.com"}};
  CHECK(seen(behind_ten, "10.0.0.1", headers) == "203.0.113.7 http internal:8000");
  auto told = behind_ten;
  told.forwarded_host = true;
  CHECK(seen(told, "10.0.0.1", headers) == "203.0.113.7 http shop.example.com");
  for (const std::string_view bad : {"", "a b", "user@host", "a/b", "host:99999", "a\r\nb"}) {
    CAPTURE(bad);
    CHECK(seen(told, "10.0.0.1", {{"x-forwarded-host", bad}}) == unchanged);
  }
}

TEST_CASE("Forwarded tells all at once") {
  CHECK(seen(rfc7239, "10.0.0.1",
             {{"forwarded", "for=203.0.113.7;proto=https;host=shop.example.com;by=10.0.0.1"}}) ==
        "203.0.113.7 https shop.example.com");
  CHECK(seen(rfc7239, "10.0.0.1", {{"forwarded", R"(For="[2001:db8::7]:4711"; Proto=https)"}}) ==
        "2001:db8::7 https internal:8000");
  CHECK(seen(rfc7239, "10.0.0.1",
             {{"forwarded", "for=192.0.2.1;host=evil.example, for=203.0.113.7;proto=https"},
              {"forwarded", "for=10.0.0.2;proto=http;host=inner"}}) == "203.0.113.7 https inner");
  CHECK(seen(rfc7239, "10.0.0.1", {{"forwarded", "for=unknown;proto=https"}}) ==
        "10.0.0.1 https internal:8000");
  CHECK(seen(rfc7239, "10.0.0.1", {{"forwarded", "for=_hidden, for=10.0.0.2"}}) ==
        "10.0.0.2 http internal:8000");
}

TEST_CASE("only the kind of field that the proxy sets is read") {
  CHECK(seen(rfc7239, "10.0.0.1", {{"x-forwarded-for", "192.0.2.1"}}) == unchanged);
  CHECK(seen(behind_ten, "10.0.0.1", {{"forwarded", "for=192.0.2.1;proto=https"}}) == unchanged);
}

TEST_CASE("quotes that a client leaves open do not swallow what the proxy adds") {
  for (const std::string_view spoof :
       {R"(for="x)", R"(for=")", R"(for="192.0.2.1\)", R"(")", R"(for="a\\\")", R"(a="b";c="d)"}) {
    CAPTURE(spoof);
    CHECK(seen(rfc7239, "10.0.0.1",
               {{"forwarded", std::string(spoof) + R"(, for="203.0.113.7:1";proto=https)"}}) ==
          "203.0.113.7 https internal:8000");
  }
  CHECK(seen(rfc7239, "10.0.0.1", {{"forwarded", R"(for=10.0.0.3;x="a,b\",c", for=10.0.0.2)"}}) ==
        "10.0.0.3 http internal:8000");
}

TEST_CASE("a malformed Forwarded changes nothing") {
  const std::string many = [] {
    std::string text = "for=203.0.113.7";
    for (int i = 0; i < 2000; ++i) text += ";p" + std::to_string(i) + "=1";
    return text;
  }();
  for (const std::string_view bad :
       {std::string_view("for"), std::string_view("="), std::string_view("for="),
        std::string_view("=1.2.3.4"), std::string_view("for =1.2.3.4"),
        std::string_view("for= 1.2.3.4"), std::string_view("for=1.2.3.4 5"),
        std::string_view("for=1.2.3.4;for=5.6.7.8"), std::string_view("for=[::1]"),
        std::string_view("for=\"1.2.3.4"), std::string_view("for=\"1.2.3.4\\\""),
        std::string_view("f\xc3\xb6r=1.2.3.4"), std::string_view(";;;"), std::string_view(many)}) {
    CAPTURE(bad);
    CHECK(seen(rfc7239, "10.0.0.1", {{"forwarded", bad}}) == unchanged);
  }
}

TEST_CASE("* believes everybody, as uvicorn does, up to the left-most address") {
  CHECK(seen({.trusted_hosts = {"*"}}, "198.51.100.1",
             {{"x-forwarded-for", "192.0.2.1, 203.0.113.7"}}) == "192.0.2.1 http internal:8000");
}

TEST_CASE("a trusted host that is none is refused by name") {
  for (const std::string bad :
       {"", "10.0.0.0/33", "proxy.internal", "10.0.0.0/", "::/129", "*.*"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH_AS(make_middleware(ProxyHeaders{.trusted_hosts = {bad}}),
                         doctest::Contains(("\"" + bad + "\"").c_str()), std::invalid_argument);
  }
}

#include "http/parser.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "http/authority.hpp"
#include "http1/cases.hpp"

using namespace plinth;
using http::RequestParser;
using Status = RequestParser::Status;

namespace {

std::string describe(const Request& request) {
  std::string text(request.method);
  (text += ' ') += request.target;
  ((text += " path=") += request.path) += " query=" + std::string(request.query_string);
  (text += " host=") += request.host;
  for (const auto& [name, value] : request.headers) {
    ((text += "|") += name) += "=" + std::string(value);
  }
  return text += "|body=" + std::string(request.body);
}

// Everything a stream of bytes means, whatever pieces it comes in; `step` bytes at a time.
std::vector<std::string> outcomes(std::string_view bytes, std::size_t step,
                                  const http::ParserLimits& limits = {}) {
  RequestParser parser(limits);
  std::vector<std::string> seen;
  Request request;
  while (true) {
    switch (parser.parse()) {
      case Status::incomplete: {
        if (bytes.empty()) {
          seen.push_back(parser.started() ? "incomplete" : "end");
          return seen;
        }
        const auto space = parser.space();
        const auto size = std::min({step, bytes.size(), space.size()});
        std::memcpy(space.data(), bytes.data(), size);
        parser.received(size);
        bytes.remove_prefix(size);
        break;
      }
      case Status::head:
        break;
      case Status::complete:
        parser.fill(request);
        seen.push_back(describe(request) + (parser.keep_alive() ? "" : "|close"));
        if (!parser.keep_alive()) return seen;
        parser.next();
        break;
      case Status::failed:
        seen.push_back(std::to_string(parser.error()));
        return seen;
    }
  }
}

std::string first(std::string_view bytes, const http::ParserLimits& limits = {}) {
  return outcomes(bytes, bytes.size(), limits).front();
}

std::string get(std::string_view target, std::string_view fields = "Host: a\r\n") {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view fields, std::string_view body) {
  return "POST /t HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view body) {
  return first(post("Transfer-Encoding: chunked\r\n", body));
}

constexpr std::string_view chunked_hello =
    "POST /t path=/t query= host=a|host=a|transfer-encoding=chunked|body=hello";

}  // namespace

TEST_CASE("a request is method, target, fields and body") {
  CHECK(first(get("/a%20b?c=d%20", "HOST: a:80\r\nX-Y: \t v w \r\n")) ==
        "GET /a%20b?c=d%20 path=/a b query=c=d%20 host=a:80|host=a:80|x-y=v w|body=");
  CHECK(first(post("Content-Length: 5\r\n", "hello")) ==
        "POST /t path=/t query= host=a|host=a|content-length=5|body=hello");
}

TEST_CASE("requests follow each other") {
  const auto two = get("/1") + "\r\n" + post("Content-Length: 2\r\n", "ab") + get("/3");
  const auto seen = outcomes(two, two.size());
  CHECK(seen ==
        std::vector<std::string>{"GET /1 path=/1 query= host=a|host=a|body=",
                                 "POST /t path=/t query= host=a|host=a|content-length=2|body=ab",
                                 "GET /3 path=/3 query= host=a|host=a|body=", "end"});
}

TEST_CASE("the authority of an absolute target replaces Host") {
  CHECK(first(get("http://b:1/t?q", "X: y\r\nHost: a\r\n")) ==
        "GET /t?q path=/t query=q host=b:1|x=y|host=b:1|body=");
  CHECK(first(get("HTTPS://b")) == "GET / path=/ query= host=b|host=b|body=");
  CHECK(first(get("http://b?x=1")) == "GET /?x=1 path=/ query=x=1 host=b|host=b|body=");
  CHECK(first(get("ftp://b/")) == "400");
  CHECK(first(get("http:///t")) == "400");
  CHECK(first(get("http://u@b/t")) == "400");
}

TEST_CASE("the asterisk is for OPTIONS, CONNECT for proxies") {
  CHECK(first("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "OPTIONS * path=* query= host=a|host=a|body=");
  CHECK(first("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "OPTIONS * path=* query= host=b|host=b|body=");
  CHECK(first(get("*")) == "400");
  CHECK(first("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == "400");
}

TEST_CASE("a fragment is dropped") {
  CHECK(first(get("/t?a#b?c")) == "GET /t?a path=/t query=a host=a|host=a|body=");
}

TEST_CASE("versions other than 1.0 and 1.1 are refused") {
  CHECK(first("GET / HTTP/1.2\r\n\r\n") == "505");
  CHECK(first("GET / HTTP/2.0\r\n\r\n") == "505");
  CHECK(first("GET / HTTP/1.10\r\n\r\n") == "400");
  CHECK(first("GET / http/1.1\r\n\r\n") == "400");
  CHECK(first("GET /\r\n\r\n") == "400");
}

TEST_CASE("HTTP/1.0 needs no Host, and closes unless asked not to") {
  CHECK(first("GET / HTTP/1.0\r\n\r\n") == "GET / path=/ query= host=|body=|close");
  CHECK(first("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n") ==
        "GET / path=/ query= host=|connection=Keep-Alive|body=");
  CHECK(first(get("/", "Host: a\r\nConnection: x, Close\r\n")).ends_with("|close"));
}

TEST_CASE("Host is one valid authority") {
  CHECK(first(get("/", "")) == "400");
  CHECK(first(get("/", "Host: a\r\nHost: a\r\n")) == "400");
  CHECK(first(get("/", "Host:\r\n")) == "GET / path=/ query= host=|host=|body=");
  for (const auto* good : {"a", "a:", "a:80", "a.b-c_d~", "127.0.0.1:1", "[::1]", "[::1]:65535",
                           "[v1.x:y]", "a%20b", "xn--a!$&'()*+,;="}) {
    CHECK_MESSAGE(http::is_authority(good), good);
  }
  for (const auto* bad :
       {"", "a b", "u@a", "a:x", "a:65536", "a:80:80", "[::1", "[::1]x", "[]", "[1.2.3.4]", "a/b",
        "a?b", "a#b", "a%2", "a%zz", ":80", "a\\b", "[v.x]"}) {
    CHECK_MESSAGE(!http::is_authority(bad), bad);
  }
  using namespace std::string_view_literals;
  CHECK(!http::is_authority("[::\0x]"sv));  // C ends the address at the null
}

TEST_CASE("lines end in CRLF, names touch their colon, nothing folds") {
  for (const auto* bad :
       {"Host: a\nX: y\r\n", "Host: a\r\nX : y\r\n", "Host: a\r\n X: y\r\n",
        "Host: a\r\nX: y\r\n z\r\n", "Host: a\r\n: y\r\n", "Host: a\r\nX\r\n",
        "Host: a\r\nX: a\rb\r\n", "Host: a\r\nX: \x7f\r\n", "Host: a\r\nX: \x01\r\n",
        "Host: a\r\nX y: z\r\n", "Host: a\r\nX\xe9: z\r\n"}) {
    CHECK_MESSAGE(first(get("/", bad)) == "400", bad);
  }
  CHECK(first(get("/", std::string_view("Host: a\r\nX: a\0b\r\n", 16))) == "400");
  CHECK(first(get("/", "Host: a\r\nX: \xe9 \t ok, long enough for whole words\r\n"))
            .ends_with("x=\xe9 \t ok, long enough for whole words|body="));
}

TEST_CASE("a length is digits, given once") {
  for (const auto* bad :
       {"+5", "-5", "5 5", "5,5", "0x5", "5.0", "", "\xb2", "18446744073709551621"}) {
    CHECK_MESSAGE(first(post("Content-Length: " + std::string(bad) + "\r\n", "hello")) == "400",
                  bad);
  }
  CHECK(first(post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")) == "400");
  CHECK(first(post("Content-Length: 005\r\n", "hello")).ends_with("body=hello"));
}

TEST_CASE("only chunked is understood, and never beside a length or in HTTP/1.0") {
  CHECK(chunked("5\r\nhello\r\n0\r\n\r\n") == chunked_hello);
  CHECK(first(post("Transfer-Encoding: gzip, chunked\r\n", "")) == "501");
  for (const auto* bad : {"gzip", "chunked, gzip", "chunked, chunked", ",chunked", "chunked,",
                          "\"chunked\"", "", "x chunked"}) {
    CHECK_MESSAGE(
        first(post("Transfer-Encoding: " + std::string(bad) + "\r\n", "0\r\n\r\n")) == "400", bad);
  }
  CHECK(first(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")) == "400");
  CHECK(first(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")) ==
        "400");
  CHECK(first("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == "400");
}

TEST_CASE("chunks are joined, extensions and trailers are checked and dropped") {
  CHECK(chunked("2\r\nhe\r\n3;a;b=c; d = \"e;\\\"f\"\r\nllo\r\n000;x\r\nX-T: 1\r\n\r\n") ==
        chunked_hello);
  CHECK(chunked("05 ;a\r\nhello\r\n0\r\n\r\n") == chunked_hello);
  for (const auto* bad :
       {"5 \r\nhello\r\n0\r\n\r\n", "5;\r\nhello\r\n", "5;a(\r\nhello\r\n", "5;a=\r\nhello\r\n",
        "5;a=\"b\r\nhello\r\n", "x\r\n", "\r\n", "-5\r\n", "0x5\r\nhello\r\n", "5\nhello\r\n",
        "5\r\nhello\n0\r\n\r\n", "5\r\nhelloX\r\n", "00000000000000005\r\nhello\r\n",
        "0\r\nno colon\r\n\r\n", "0\r\nHost: b\r\n\r\n", "0\r\nContent-Length: 1\r\n\r\n"}) {
    CHECK_MESSAGE(chunked(bad) == "400", bad);
  }
}

TEST_CASE("expectations other than 100-continue are refused") {
  CHECK(first(post("Expect: 200-maybe\r\nContent-Length: 5\r\n", "hello")) == "417");
  CHECK(first(post("Expect: 100-Continue\r\nContent-Length: 5\r\n", "hello"))
            .ends_with("body=hello"));
  CHECK(first("POST / HTTP/1.0\r\nExpect: x\r\nContent-Length: 1\r\n\r\nh")
            .ends_with("body=h|close"));
}

TEST_CASE("the client is seen to wait for 100 Continue only while nothing of the body is there") {
  RequestParser parser({});
  const auto head = post("Expect: 100-continue\r\nContent-Length: 5\r\n", "");
  const auto feed = [&](std::string_view bytes) {
    const auto space = parser.space();
    std::memcpy(space.data(), bytes.data(), bytes.size());
    parser.received(bytes.size());
  };
  feed(head);
  CHECK(parser.parse() == Status::head);
  CHECK(parser.expects_continue());
  CHECK(parser.body_is_allowed());
  parser.limit_body(4);
  CHECK_FALSE(parser.body_is_allowed());
  CHECK(parser.parse() == Status::failed);
  CHECK(parser.error() == 413);
}

TEST_CASE("every part of a message has its limit") {
  const http::ParserLimits small{.request_line_bytes = 20,
                                 .header_bytes = 40,
                                 .header_fields = 3,
                                 .body_bytes = 8,
                                 .chunk_extension_bytes = 6,
                                 .trailer_bytes = 10};
  const auto fields = [](int count) {
    std::string text = "Host: a\r\n";
    for (int i = 1; i < count; ++i) text += "X: y\r\n";
    return text;
  };
  CHECK(first(get("/234567"), small).ends_with("body="));
  CHECK(first(get("/2345678"), small) == "414");
  CHECK(first("GET /" + std::string(30, 'a'), small) == "414");
  CHECK(first(get("/", fields(3)), small).ends_with("body="));
  CHECK(first(get("/", fields(4)), small) == "431");
  CHECK(first(get("/", "Host: a\r\nX: " + std::string(40, 'y')), small) == "431");
  const http::ParserLimits body{.body_bytes = 8, .chunk_extension_bytes = 6, .trailer_bytes = 10};
  const std::string te = "Transfer-Encoding: chunked\r\n";
  CHECK(first(post("Content-Length: 9\r\n", ""), body) == "413");
  CHECK(first(post(te, "8\r\n12345678\r\n0\r\n\r\n"), body).ends_with("body=12345678"));
  CHECK(first(post(te, "8\r\n12345678\r\n1\r\n"), body) == "413");
  CHECK(first(post(te, "ffffffffffffffff\r\n"), body) == "413");
  CHECK(first(post(te, "1;a=b\r\nx\r\n1;c=d\r\n"), body) == "400");
  CHECK(first(post(te, "0\r\nA: 1234567\r\n\r\n"), body).ends_with("body="));
  CHECK(first(post(te, "0\r\nA: 12345678\r\n\r\n"), body) == "431");
  CHECK(first(post(te, "0\r\nA: b\r\nC: de\r\n\r\n"), body) == "431");
}

TEST_CASE("a byte that cannot begin a request is refused before its line ends") {
  CHECK(first("\x16\x03\x01") == "400");
  CHECK(first(" GET") == "400");
  CHECK(first("\n") == "400");
  CHECK(first("\r\n\r\nG") == "incomplete");
}

TEST_CASE("a message means the same in whatever pieces it arrives") {
  for (const auto& one : http1::load_cases(PLINTH_TEST_DATA "/http1.jsonl")) {
    const auto bytes = one.raw + get("/after");
    const auto whole = outcomes(bytes, bytes.size());
    for (const std::size_t step : {1UL, 2UL, 3UL, 7UL, 64UL, 1'000UL, 4'096UL}) {
      if (step < 64 && bytes.size() > 20'000) continue;
      CHECK_MESSAGE(outcomes(bytes, step) == whole, one.id << " in steps of " << step);
    }
  }
}

TEST_CASE("a message means the same wherever it is cut in two") {
  for (const auto& one : http1::load_cases(PLINTH_TEST_DATA "/http1.jsonl")) {
    if (one.raw.size() > 300) continue;
    const auto bytes = one.raw + get("/after");
    const auto whole = outcomes(bytes, bytes.size());
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      CHECK_MESSAGE(outcomes(bytes, cut) == whole, one.id << " cut at " << cut);
    }
  }
}

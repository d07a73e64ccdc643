// What parsers do for an input four times as long is four times as much, and not sixteen: a long
// request cannot keep a server busy. Work is counted, not timed: the library is built for the
// fuzzer, which is told of every comparison.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "formats/datetime.hpp"
#include "formats/decimal.hpp"
#include "formats/email.hpp"
#include "formats/url.hpp"
#include "http/accept_encoding.hpp"
#include "http/multipart.hpp"
#include "http/query.hpp"
#include "json/node.hpp"
#include "middleware/entity_tags.hpp"
#include "middleware/forwarded.hpp"
#include "pagination/links.hpp"
#include "plinth/error.hpp"
#include "plinth/security.hpp"
#include "redis/reply.hpp"
#include "security/base64.hpp"
#include "security/credentials.hpp"

namespace {

std::size_t comparisons = 0;

}  // namespace

// Called by the instrumented library; of the sanitizer's own, which do nothing, these take the
// place. NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __sanitizer_cov_trace_cmp1(std::uint8_t, std::uint8_t) { ++comparisons; }
void __sanitizer_cov_trace_cmp2(std::uint16_t, std::uint16_t) { ++comparisons; }
void __sanitizer_cov_trace_cmp4(std::uint32_t, std::uint32_t) { ++comparisons; }
void __sanitizer_cov_trace_cmp8(std::uint64_t, std::uint64_t) { ++comparisons; }
void __sanitizer_cov_trace_const_cmp1(std::uint8_t, std::uint8_t) { ++comparisons; }
void __sanitizer_cov_trace_const_cmp2(std::uint16_t, std::uint16_t) { ++comparisons; }
void __sanitizer_cov_trace_const_cmp4(std::uint32_t, std::uint32_t) { ++comparisons; }
void __sanitizer_cov_trace_const_cmp8(std::uint64_t, std::uint64_t) { ++comparisons; }
void __sanitizer_cov_trace_switch(std::uint64_t, std::uint64_t*) { ++comparisons; }
}
// NOLINTEND(bugprone-reserved-identifier)

using namespace plinth;

namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

Request with_header(std::string_view name, std::string_view value) {
  Request request;
  request.headers = {{name, value}};
  request.client_host = "127.0.0.1";
  return request;
}

void read_json(std::string_view text) {
  json::Document document;
  json::Error error;
  (void)document.parse(text, error);
}

void read_form(std::string_view text) {
  try {
    (void)http::parse_form(text, 1'000'000);
  } catch (const HttpError&) {
  }
}

void read_multipart(std::string_view body) {
  try {
    (void)http::parse_multipart("multipart/form-data; boundary=aaaa", body);
  } catch (const HttpError&) {
  }
}

struct Case {
  std::string_view name;
  std::string (*make)(std::size_t size);
  void (*read)(std::string_view text);
};

const Case cases[] = {
    {"JSON: brackets", [](std::size_t n) { return std::string(n, '['); }, read_json},
    {"JSON: numbers", [](std::size_t n) { return "[" + repeated("1,", n) + "1]"; }, read_json},
    {"JSON: one long number", [](std::size_t n) { return std::string(n, '9'); }, read_json},
    {"JSON: escapes", [](std::size_t n) { return '"' + repeated("\\u00e9", n) + '"'; }, read_json},
    {"JSON: keys that repeat",
     [](std::size_t n) { return "{" + repeated("\"a\":1,", n) + "\"a\":1}"; }, read_json},
    {"JSON: keys that differ",
     [](std::size_t n) {
       std::string text = "{";
       for (std::size_t i = 0; i < n; ++i) text += "\"k" + std::to_string(i) + "\":1,";
       return text + "\"z\":1}";
     },
     read_json},
    {"query", [](std::size_t n) { return repeated("a=%41&", n); },
     [](std::string_view text) { (void)http::parse_query(text); }},
    {"form", [](std::size_t n) { return repeated("a=b+c&", n); }, read_form},
    {"multipart: what looks like a boundary",
     [](std::size_t n) {
       return "--aaaa\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" +
              repeated("\r\n--aaa", n) + "\r\n--aaaa--\r\n";
     },
     read_multipart},
    {"multipart: carriage returns",
     [](std::size_t n) {
       return "--aaaa\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + repeated("\r", n);
     },
     read_multipart},
    {"options of a header", [](std::size_t n) { return "a; " + repeated("b=\"\\\"c\";", n); },
     [](std::string_view text) { (void)http::parse_options_header(text); }},
    {"cookies that differ",
     [](std::size_t n) {
       std::string text;
       for (std::size_t i = 0; i < n; ++i) text += "k" + std::to_string(i) + "=v; ";
       return text;
     },
     [](std::string_view text) { (void)http::parse_cookies(with_header("cookie", text)); }},
    {"Accept-Encoding", [](std::size_t n) { return repeated("gzip;q=0 ,", n); },
     [](std::string_view text) { (void)http::accepts_gzip(text); }},
    {"X-Forwarded-For: proxies", [](std::size_t n) { return repeated("127.0.0.1, ", n); },
     [](std::string_view text) {
       static const middleware::TrustedHops trusted({"127.0.0.0/8"});
       (void)middleware::find_origin(with_header("x-forwarded-for", text), trusted,
                                     ForwardedBy::x_forwarded);
     }},
    {"Forwarded: quotes", [](std::size_t n) { return repeated("for=\"127.0.0.1\", ", n); },
     [](std::string_view text) {
       static const middleware::TrustedHops trusted({"127.0.0.0/8"});
       (void)middleware::find_origin(with_header("forwarded", text), trusted,
                                     ForwardedBy::forwarded);
     }},
    {"Forwarded: an open quote", [](std::size_t n) { return "\"" + repeated("a,\\\"", n); },
     [](std::string_view text) {
       static const middleware::TrustedHops trusted({"127.0.0.0/8"});
       (void)middleware::find_origin(with_header("forwarded", text), trusted,
                                     ForwardedBy::forwarded);
     }},
    {"If-Match", [](std::size_t n) { return repeated("\"a\",", n); },
     [](std::string_view text) {
       (void)middleware::match_tags(with_header("if-match", text), "if-match", "\"b\"");
     }},
    {"Authorization", [](std::size_t n) { return "Bearer " + std::string(n, ' ') + "a"; },
     [](std::string_view text) {
       (void)security::authorization_of(with_header("authorization", text));
     }},
    {"tokens", [](std::size_t n) { return repeated("a.", n); },
     [](std::string_view text) {
       static const KeyRing keys("0123456789abcdef0123456789abcdef");
       (void)decode_jwt(std::string(text), keys);
     }},
    {"base64", [](std::size_t n) { return std::string(4 * n, 'A'); },
     [](std::string_view text) { (void)security::decode_base64(text); }},
    {"Link", [](std::size_t n) { return repeated("limit=1&a=b&", n); },
     [](std::string_view text) {
       const pagination::Parameter parameters[] = {{"limit", "2"}};
       (void)pagination::page_reference(text, parameters);
     }},
    {"e-mail addresses", [](std::size_t n) { return repeated("a.", n) + "a@example.com"; },
     [](std::string_view text) { (void)formats::validate_email(text); }},
    {"URLs", [](std::size_t n) { return "https://a.example/" + repeated("../a%", n); },
     [](std::string_view text) { (void)formats::url_from_text(text); }},
    {"decimals", [](std::size_t n) { return "1." + std::string(n, '0') + "1"; },
     [](std::string_view text) { (void)formats::decimal_from_text(text); }},
    {"times", [](std::size_t n) { return "2026-11-26T10:00:00." + std::string(n, '0'); },
     [](std::string_view text) { (void)formats::datetime_from_text(text); }},
    {"Redis: nested arrays", [](std::size_t n) { return repeated("*1\r\n", n); },
     [](std::string_view text) {
       redis::ReplyReader reader(1'000'000);
       reader.feed(text);
       try {
         (void)reader.next();
       } catch (const std::runtime_error&) {
       }
     }},
};

std::size_t work_of(const Case& one, std::size_t size) {
  const auto text = one.make(size);
  comparisons = 0;
  one.read(text);
  return comparisons;
}

}  // namespace

TEST_CASE("four times the input is at most about four times the work, for every parser") {
  for (const auto& one : cases) {
    CAPTURE(one.name);
    const auto small = work_of(one, 500);
    const auto large = work_of(one, 2000);
    CAPTURE(small);
    CAPTURE(large);
    CHECK(large <= 6 * small + 1000);
  }
}

TEST_CASE("work is counted: what is quadratic shows") {
  const Case quadratic{"", [](std::size_t n) { return repeated("a=1&", n); },
                       [](std::string_view text) {
                         for (std::size_t i = 0; i < text.size(); i += 4) {
                           (void)http::parse_query(text.substr(0, i));
                         }
                       }};
  CHECK(work_of(quadratic, 400) > 10 * work_of(quadratic, 100));
}

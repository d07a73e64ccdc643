// Queries, forms, cookies and multipart bodies of any bytes: all text that comes out is UTF-8, all
// content was there.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/multipart.hpp"
#include "http/query.hpp"
#include "json/utf8.hpp"
#include "plinth/error.hpp"

using namespace plinth;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

void check(const http::Pairs& pairs) {
  for (const auto& [name, value] : pairs) expect(json::is_utf8(name) && json::is_utf8(value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Request request;
  request.headers = {{"cookie", text}};
  check(http::parse_cookies(request));
  check(http::parse_query(http::latin1_to_utf8(text)));
  expect(http::percent_decode(http::percent_encode(text, "")) ==
         http::percent_decode(http::percent_encode(text, "/?")));
  try {
    check(http::parse_form(text, 20));
  } catch (const HttpError& error) {
    expect(error.status == 400);
  }
  const auto line = text.find('\n');
  const auto body = line == text.npos ? std::string_view() : text.substr(line + 1);
  try {
    for (const auto& part : http::parse_multipart(text.substr(0, line), body)) {
      expect(json::is_utf8(part.name) && json::is_utf8(part.text()));
      expect(part.content.empty() ||
             (part.content.data() >= body.data() && part.content.end() <= body.end()));
    }
  } catch (const HttpError& error) {
    expect(error.status == 400);
  }
  return 0;
}

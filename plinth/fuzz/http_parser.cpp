// HTTP/1.1 requests of any bytes: they mean the same in whatever pieces they arrive, and what is
// accepted is well formed.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "http/characters.hpp"
#include "http/parser.hpp"
#include "json/utf8.hpp"

using namespace plinth;
using http::RequestParser;
using Status = RequestParser::Status;

namespace {

constexpr http::ParserLimits limits{.request_line_bytes = 200,
                                    .header_bytes = 400,
                                    .header_fields = 12,
                                    .body_bytes = 300,
                                    .chunk_extension_bytes = 60,
                                    .trailer_bytes = 80};

void expect(bool holds) {
  if (!holds) std::abort();
}

void check(const Request& request) {
  expect(!request.method.empty() && std::ranges::all_of(request.method, http::is_token));
  expect(request.target.starts_with('/') || request.target == "*");
  expect(request.target.find_first_of(" #\r\n") == request.target.npos);
  expect(json::is_utf8(request.path));
  expect(request.headers.size() <= limits.header_fields);
  expect(request.body.size() <= limits.body_bytes);
  for (const auto& [name, value] : request.headers) {
    expect(!name.empty() && std::ranges::all_of(name, [](char c) {
      return http::is_token(c) && http::lower(c) == c;
    }));
    expect(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos);
  }
}

std::string outcome(std::string_view bytes, std::size_t step) {
  RequestParser parser(limits);
  Request request;
  std::string seen;
  for (;;) {
    switch (parser.parse()) {
      case Status::incomplete: {
        if (bytes.empty()) return seen + "incomplete";
        const auto space = parser.space();
        const auto size = std::min({step, bytes.size(), space.size()});
        std::memcpy(space.data(), bytes.data(), size);
        parser.received(size);
        bytes.remove_prefix(size);
        break;
      }
      case Status::head:
        parser.fill(request);
        check(request);
        break;
      case Status::complete:
        parser.fill(request);
        check(request);
        seen += request.method;
        (seen += request.target) += request.host;
        for (const auto& [name, value] : request.headers) (seen += name) += value;
        (seen += request.body) += parser.keep_alive() ? "\n" : "close";
        if (!parser.keep_alive()) return seen;
        parser.next();
        break;
      case Status::failed:
        expect(parser.error() >= 400 && parser.error() < 600);
        return seen + std::to_string(parser.error());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = outcome(bytes, std::max<std::size_t>(size, 1));
  expect(outcome(bytes, 1) == whole);
  expect(outcome(bytes, 7) == whole);
  return 0;
}

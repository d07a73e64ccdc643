// The smallest application: a Handler without an App. It answers every request with what it
// understood of it, `P=<path>;L=<length of the body>`, which is what HTTP conformance suites want
// to see.
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "plinth/server.hpp"

namespace {

struct Echo final : plinth::detail::Handler {
  plinth::Task<plinth::Response> handle(plinth::Request& request) override {
    co_return plinth::Response::text("P=" + request.path +
                                     ";L=" + std::to_string(request.body.size()));
  }
};

// True when `text` is a number that fits.
template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end;
}

}  // namespace

int main(int count, char** arguments) {
  plinth::ServerOptions options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const std::string_view value = arguments[i + 1];
    if (name == "--port" && read_number(value, options.port)) continue;
    if (name == "--threads" && read_number(value, options.threads)) continue;
    std::fprintf(stderr, "usage: echo [--port PORT] [--threads COUNT]\n");
    return 2;
  }
  Echo echo;
  return plinth::Server(echo, options).run();
}

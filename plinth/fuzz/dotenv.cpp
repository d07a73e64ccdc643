// .env files of any text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "settings/dotenv.hpp"

using namespace plinth::settings;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "HOME") return "/root";
    return std::nullopt;
  };
  auto dotenv = parse_dotenv(text, environment);
  for (const auto& [name, value] : dotenv.bindings) expect(!name.empty());
  int line = 0;
  for (int unreadable : dotenv.unreadable_lines) {
    expect(unreadable > line);
    line = unreadable;
  }

  // A value that has no quote, backslash or '$' in it comes back from single quotes.
  if (text.find_first_of("'\\") == text.npos) {
    auto quoted = parse_dotenv("NAME='" + std::string(text) + "'", environment);
    expect(quoted.bindings.size() == 1 && quoted.bindings[0].value == text);
  }
  return 0;
}

// What the targets hold true; a fuzzer takes an abort for a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace plinth::fuzz {

inline void expect(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes a number below `limit` from the front; 0 when nothing is left.
inline std::size_t take_number(std::string_view& rest, std::size_t limit) {
  if (rest.empty()) return 0;
  const auto number = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);
  return number % limit;
}

}  // namespace plinth::fuzz

// Eight bytes at a time: finding the bytes that a JSON string cannot hold as they are.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace plinth::json {

inline constexpr std::uint64_t low_bits = 0x0101010101010101;
inline constexpr std::uint64_t high_bits = 0x8080808080808080;

inline std::uint64_t load_word(const char* text) {
  std::uint64_t word;
  std::memcpy(&word, text, sizeof word);
  return word;
}

inline bool is_special(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

/// First byte of [text, end) that is '"', '\\' or a control character; `end` when there is none.
inline const char* find_special(const char* text, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    // (word - low_bits * n) & ~word has the high bit of each byte below n; borrows can only spoil
    // bytes behind the first.
    auto below = [](std::uint64_t word, std::uint64_t n) { return (word - low_bits * n) & ~word; };
    for (; end - text >= 8; text += 8) {
      const std::uint64_t word = load_word(text);
      const std::uint64_t found =
          below(word, 0x20) | below(word ^ low_bits * '"', 1) | below(word ^ low_bits * '\\', 1);
      if ((found & high_bits) != 0) return text + std::countr_zero(found & high_bits) / 8;
    }
  }
  while (text < end && !is_special(*text)) ++text;
  return text;
}

}  // namespace plinth::json

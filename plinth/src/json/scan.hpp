// Many bytes at a time: finding those that a JSON string cannot hold as they are.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace plinth::json {

inline constexpr std::uint64_t low_bits = 0x0101010101010101;
inline constexpr std::uint64_t high_bits = 0x8080808080808080;

template <class Word = std::uint64_t>
Word load_word(const char* text) {
  Word word;
  std::memcpy(&word, text, sizeof word);
  return word;
}

/// The high bit of each byte that is special. Borrows spoil only bytes behind the first such: with
/// no special byte the result is 0, and the lowest bit set is right.
constexpr std::uint64_t special_bytes(std::uint64_t word) {
  auto below = [](std::uint64_t bytes, std::uint64_t n) { return (bytes - low_bits * n) & ~bytes; };
  return (below(word, 0x20) | below(word ^ low_bits * '"', 1) | below(word ^ low_bits * '\\', 1)) &
         high_bits;
}

inline bool is_special(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

/// First byte of [text, end) that is '"', '\\' or a control character; `end` when there is none.
inline const char* find_special(const char* text, const char* end) {
#ifdef __SSE2__
  for (; end - text >= 16; text += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    const int found = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), controls));
    if (found != 0) return text + std::countr_zero(static_cast<unsigned>(found));
  }
#endif
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - text >= 8; text += 8) {
      const std::uint64_t found = special_bytes(load_word(text));
      if (found != 0) return text + std::countr_zero(found) / 8;
    }
  }
  while (text < end && !is_special(*text)) ++text;
  return text;
}

/// ASCII without special bytes.
inline bool is_plain(std::string_view text) {
  const char* p = text.data();
  const std::size_t size = text.size();
  auto plain = [](std::uint64_t word) { return ((special_bytes(word) | word) & high_bits) == 0; };
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      if (!plain(load_word(p + i))) return false;
    }
    return plain(load_word(p + size - 8));
  }
  if (size >= 4) {
    return plain(std::uint64_t{load_word<std::uint32_t>(p)} << 32 |
                 load_word<std::uint32_t>(p + size - 4));
  }
  std::uint64_t word = low_bits * ' ';
  for (char c : text) word = word << 8 | static_cast<unsigned char>(c);
  return plain(word);
}

}  // namespace plinth::json

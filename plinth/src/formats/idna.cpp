#include "formats/idna.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <array>
#include <optional>
#include <stdexcept>

#include "formats/punycode.hpp"

namespace plinth::formats {

namespace {

constexpr std::string_view a_label_prefix = "xn--";
constexpr std::size_t ace_label_bytes_max = 63;
constexpr std::size_t ace_domain_bytes_max = 254;  // with a trailing dot
constexpr std::size_t input_size_max = 1024;
constexpr char32_t disallowed = 0xFFFD;  // what ICU's mapping makes of a disallowed code point

const UNormalizer2* uts46_mapping() {
  UErrorCode error = U_ZERO_ERROR;
  const auto* mapping = unorm2_getInstance(nullptr, "uts46", UNORM2_COMPOSE, &error);
  if (U_FAILURE(error))
    throw std::runtime_error(std::string("ICU has no UTS 46 data: ") + u_errorName(error));
  return mapping;
}

// What UTS 46 maps since Unicode 15.1 and older ICUs refuse, or map in another way: case pairs,
// compatibility ideographs, and characters to be ignored.
std::optional<CodePoints> newer_mapping(char32_t c) {
  auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  constexpr CodePointsView case_pairs = U"\u04C0\u1E9E\u2132\u2183";
  constexpr CodePointsView ideographs = U"\U0002F868\U0002F874\U0002F91F\U0002F95F\U0002F9BF";
  constexpr CodePointsView ignored = U"\u115F\u1160\u17B4\u17B5\u180E\u3164\uFFA0";
  if (case_pairs.find(c) != case_pairs.npos || in(0x10A0, 0x10C5)) {
    return CodePoints(1, static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
  }
  if (ideographs.find(c) != ideographs.npos) return to_nfc({&c, 1});
  if (ignored.find(c) != ignored.npos || in(0x2061, 0x2063) || in(0x206A, 0x206F) ||
      in(0x1D173, 0x1D17A)) {
    return CodePoints();
  }
  if (c == 0x1806) return CodePoints(1, c);
  return std::nullopt;
}

CodePoints map_code_point(const UNormalizer2* mapping, char32_t c) {
  if (auto mapped = newer_mapping(c)) return *mapped;
  UErrorCode error = U_ZERO_ERROR;
  std::array<char16_t, 2> source{};
  std::int32_t source_size = 0;
  U16_APPEND_UNSAFE(source.data(), source_size, c);
  std::array<char16_t, 64> mapped{};
  const auto size = unorm2_normalize(mapping, source.data(), source_size, mapped.data(),
                                     static_cast<std::int32_t>(mapped.size()), &error);
  if (U_FAILURE(error))
    throw std::runtime_error(std::string("ICU cannot map: ") + u_errorName(error));
  CodePoints out;
  for (std::int32_t i = 0; i < size;) {
    UChar32 next = 0;
    U16_NEXT(mapped.data(), i, size, next);
    out += static_cast<char32_t>(next);
  }
  return out;
}

Checked<CodePoints> to_u_label(std::string_view label) {
  if (label.size() > input_size_max) return Refusal{"Label too long"};
  const std::string lower = to_utf8(to_lower_ascii(to_code_points(label)));
  std::string_view rest = lower;
  if (!rest.starts_with(a_label_prefix)) {
    auto plain = to_code_points(lower);
    if (auto refusal = check_label(plain)) return refusal;
    return plain;
  }
  rest.remove_prefix(a_label_prefix.size());
  if (rest.empty()) return Refusal{"Malformed A-label, no Punycode eligible content found"};
  if (rest.ends_with('-')) return Refusal{"A-label must not end with a hyphen"};
  auto decoded = punycode_decode(rest);
  if (!decoded) return Refusal{"Invalid A-label"};
  if (punycode_encode(*decoded) != rest) {
    return Refusal{"A-label is not the canonical Punycode encoding of its U-label"};
  }
  if (auto refusal = check_label(*decoded)) return refusal;
  return std::move(*decoded);
}

}  // namespace

Checked<CodePoints> uts46_remap(CodePointsView domain) {
  if (domain.size() > input_size_max) return Refusal{"Domain too long"};
  if (is_ascii(domain)) return to_lower_ascii(domain);
  const auto* mapping = uts46_mapping();
  CodePoints out;
  for (std::size_t i = 0; i < domain.size(); ++i) {
    const auto mapped = map_code_point(mapping, domain[i]);
    if (mapped.find(disallowed) != mapped.npos) {
      return Refusal{"Codepoint " + code_point_name(domain[i]) + " not allowed at position " +
                     std::to_string(i + 1) + " in " + python_repr(domain)};
    }
    out += mapped;
  }
  return to_nfc(out);
}

Checked<std::string> to_a_label(CodePointsView label) {
  if (label.size() > input_size_max) return Refusal{"Label too long"};
  std::string out;
  if (is_ascii(label)) {
    out = to_utf8(label);
    auto unicode = to_u_label(out);
    if (!unicode) return Refusal{unicode.reason};
  } else {
    if (auto refusal = check_label(label)) return refusal;
    out = std::string(a_label_prefix) + punycode_encode(label);
  }
  if (out.size() > ace_label_bytes_max) return Refusal{"Label too long"};
  return out;
}

Checked<CodePoints> to_unicode_domain(std::string_view ascii_domain) {
  if (ascii_domain.size() > ace_domain_bytes_max) return Refusal{"Domain too long"};
  CodePoints domain;
  while (true) {
    const auto dot = ascii_domain.find('.');
    auto label = to_u_label(ascii_domain.substr(0, dot));
    if (!label) return label;
    domain += label.value;
    if (dot == ascii_domain.npos) return domain;
    domain += U'.';
    ascii_domain.remove_prefix(dot + 1);
  }
}

}  // namespace plinth::formats

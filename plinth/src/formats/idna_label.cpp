// The rules of IDNA 2008 for one label.
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <optional>

#include "formats/idna.hpp"

namespace plinth::formats {

namespace {

constexpr std::size_t label_size_max = 254;

enum class Usage { valid, joiner, context, disallowed };

bool is_one_of(char32_t c, CodePointsView set) { return set.find(c) != set.npos; }

bool in(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

UChar32 icu(char32_t c) { return static_cast<UChar32>(c); }

// RFC 5892, 2.6
std::optional<Usage> exception(char32_t c) {
  if (is_one_of(c, U"\u00DF\u03C2\u06FD\u06FE\u0F0B\u3007")) return Usage::valid;
  if (is_one_of(c, U"\u00B7\u0375\u05F3\u05F4\u30FB") || in(c, 0x660, 0x669) ||
      in(c, 0x6F0, 0x6F9)) {
    return Usage::context;
  }
  if (is_one_of(c, U"\u0640\u07FA\u302E\u302F\u303B") || in(c, 0x3031, 0x3035))
    return Usage::disallowed;
  return std::nullopt;
}

// RFC 5892, 2.2: changed by normalization or case folding.
bool is_unstable(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  const auto* nfkc = unorm2_getNFKCInstance(&error);
  constexpr std::int32_t size_max = 64;
  std::array<char16_t, size_max> source{};
  std::array<char16_t, size_max> first{};
  std::array<char16_t, size_max> folded{};
  std::array<char16_t, size_max> second{};
  std::int32_t size = 0;
  U16_APPEND_UNSAFE(source.data(), size, c);
  auto length = unorm2_normalize(nfkc, source.data(), size, first.data(), size_max, &error);
  length =
      u_strFoldCase(folded.data(), size_max, first.data(), length, U_FOLD_CASE_DEFAULT, &error);
  length = unorm2_normalize(nfkc, folded.data(), length, second.data(), size_max, &error);
  return U_FAILURE(error) || length != size ||
         !std::equal(source.begin(), source.begin() + size, second.begin());
}

bool is_old_hangul_jamo(char32_t c) {
  const auto type = u_getIntPropertyValue(icu(c), UCHAR_HANGUL_SYLLABLE_TYPE);
  return type == U_HST_LEADING_JAMO || type == U_HST_VOWEL_JAMO || type == U_HST_TRAILING_JAMO;
}

bool is_ignorable(char32_t c) {
  const auto block = ublock_getCode(icu(c));
  return u_hasBinaryProperty(icu(c), UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
         u_hasBinaryProperty(icu(c), UCHAR_WHITE_SPACE) ||
         u_hasBinaryProperty(icu(c), UCHAR_NONCHARACTER_CODE_POINT) ||
         block == UBLOCK_COMBINING_MARKS_FOR_SYMBOLS || block == UBLOCK_MUSICAL_SYMBOLS ||
         block == UBLOCK_ANCIENT_GREEK_MUSICAL_NOTATION;
}

// RFC 5892, 3
Usage usage(char32_t c) {
  constexpr auto letter_digits = U_GC_LL_MASK | U_GC_LU_MASK | U_GC_LO_MASK | U_GC_ND_MASK |
                                 U_GC_LM_MASK | U_GC_MN_MASK | U_GC_MC_MASK;
  if (c < 0x80) {
    const bool ldh = in(c, 'a', 'z') || in(c, '0', '9') || c == '-';
    return ldh ? Usage::valid : Usage::disallowed;
  }
  if (auto special = exception(c)) return *special;
  if (c == 0x200C || c == 0x200D) return Usage::joiner;
  if (is_old_hangul_jamo(c) || is_unstable(c) || is_ignorable(c)) return Usage::disallowed;
  return (U_GET_GC_MASK(icu(c)) & letter_digits) != 0 ? Usage::valid : Usage::disallowed;
}

bool is_virama(char32_t c) {
  constexpr std::uint8_t virama_class = 9;
  return u_getCombiningClass(icu(c)) == virama_class;
}

// RFC 5892, appendix A.1 and A.2
bool joiner_allowed(CodePointsView label, std::size_t at) {
  constexpr char32_t zero_width_non_joiner = 0x200C;
  if (at > 0 && is_virama(label[at - 1])) return true;
  if (label[at] != zero_width_non_joiner) return false;
  auto joining = [&](std::size_t i) {
    return u_getIntPropertyValue(icu(label[i]), UCHAR_JOINING_TYPE);
  };
  std::size_t before = at;
  while (before > 0 && joining(before - 1) == U_JT_TRANSPARENT) --before;
  if (before == 0) return false;
  const auto left = joining(before - 1);
  if (left != U_JT_LEFT_JOINING && left != U_JT_DUAL_JOINING) return false;
  std::size_t after = at + 1;
  while (after < label.size() && joining(after) == U_JT_TRANSPARENT) ++after;
  if (after == label.size()) return false;
  const auto right = joining(after);
  return right == U_JT_RIGHT_JOINING || right == U_JT_DUAL_JOINING;
}

bool has_script(char32_t c, UScriptCode script) {
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(icu(c), &error) == script;
}

// RFC 5892, appendix A.3 to A.9
bool context_allowed(CodePointsView label, std::size_t at) {
  const char32_t c = label[at];
  const bool last = at + 1 == label.size();
  auto any = [&](char32_t low, char32_t high) {
    return std::ranges::any_of(label, [&](char32_t other) { return in(other, low, high); });
  };
  switch (c) {
    case 0x00B7:  // middle dot
      return at > 0 && !last && label[at - 1] == 'l' && label[at + 1] == 'l';
    case 0x0375:  // Greek lower numeral sign
      return !last && has_script(label[at + 1], USCRIPT_GREEK);
    case 0x05F3:  // Hebrew geresh and gershayim
    case 0x05F4:
      return at > 0 && has_script(label[at - 1], USCRIPT_HEBREW);
    case 0x30FB:  // Katakana middle dot
      return std::ranges::any_of(label, [&](char32_t other) {
        return other != c &&
               (has_script(other, USCRIPT_HIRAGANA) || has_script(other, USCRIPT_KATAKANA) ||
                has_script(other, USCRIPT_HAN));
      });
    default:  // Arabic-Indic digits do not mix with the extended ones
      return c <= 0x669 ? !any(0x6F0, 0x6F9) : !any(0x660, 0x669);
  }
}

Refusal check_code_points(CodePointsView label) {
  for (std::size_t i = 0; i < label.size(); ++i) {
    const auto what = usage(label[i]);
    if (what == Usage::valid) continue;
    const auto name = code_point_name(label[i]);
    const auto position = std::to_string(i + 1);
    if (what == Usage::disallowed) {
      return {"Codepoint " + name + " at position " + position + " of " + python_repr(label) +
              " not allowed"};
    }
    if (what == Usage::joiner && !joiner_allowed(label, i)) {
      return {"Joiner " + name + " not allowed at position " + position + " in " +
              python_repr(label)};
    }
    if (what == Usage::context && !context_allowed(label, i)) {
      return {"Codepoint " + name + " not allowed at position " + position + " in " +
              python_repr(label)};
    }
  }
  return {};
}

bool in_right_to_left(UCharDirection direction) {
  switch (direction) {
    case U_RIGHT_TO_LEFT:
    case U_RIGHT_TO_LEFT_ARABIC:
    case U_ARABIC_NUMBER:
      return true;
    default:
      return false;
  }
}

bool in_both(UCharDirection direction) {
  switch (direction) {
    case U_EUROPEAN_NUMBER:
    case U_EUROPEAN_NUMBER_SEPARATOR:
    case U_COMMON_NUMBER_SEPARATOR:
    case U_EUROPEAN_NUMBER_TERMINATOR:
    case U_OTHER_NEUTRAL:
    case U_BOUNDARY_NEUTRAL:
    case U_DIR_NON_SPACING_MARK:
      return true;
    default:
      return false;
  }
}

// RFC 5893, 2
Refusal check_bidi(CodePointsView label) {
  auto direction_of = [](char32_t c) { return u_charDirection(icu(c)); };
  if (std::ranges::none_of(label, [&](char32_t c) { return in_right_to_left(direction_of(c)); }))
    return {};

  const auto first = direction_of(label.front());
  const bool right_to_left = first == U_RIGHT_TO_LEFT || first == U_RIGHT_TO_LEFT_ARABIC;
  if (!right_to_left && first != U_LEFT_TO_RIGHT) {
    return {"First codepoint in label " + python_repr(label) +
            " must be directionality L, R or AL"};
  }
  bool valid_ending = false;
  std::optional<UCharDirection> numbers;
  for (std::size_t i = 0; i < label.size(); ++i) {
    const auto direction = direction_of(label[i]);
    const bool own = right_to_left ? in_right_to_left(direction) : direction == U_LEFT_TO_RIGHT;
    if (!own && !in_both(direction)) {
      return {"Invalid direction for codepoint at position " + std::to_string(i + 1) +
              (right_to_left ? " in a right-to-left label" : " in a left-to-right label")};
    }
    if (direction != U_DIR_NON_SPACING_MARK) valid_ending = own || direction == U_EUROPEAN_NUMBER;
    if (right_to_left && (direction == U_ARABIC_NUMBER || direction == U_EUROPEAN_NUMBER)) {
      if (numbers.value_or(direction) != direction)
        return {"Can not mix numeral types in a right-to-left label"};
      numbers = direction;
    }
  }
  if (!valid_ending) return {"Label ends with illegal codepoint directionality"};
  return {};
}

}  // namespace

Refusal check_label(CodePointsView label) {
  if (label.empty()) return {"Empty Label"};
  if (label.size() > label_size_max) return {"Label too long"};
  if (to_nfc(label) != label) return {"Label must be in Normalization Form C"};
  if (label.substr(0, 4).ends_with(U"--") && label.size() >= 4) {
    return {"Label has disallowed hyphens in 3rd and 4th position"};
  }
  if (label.starts_with(U'-') || label.ends_with(U'-'))
    return {"Label must not start or end with a hyphen"};
  if (category_group(label[0]) == 'M') return {"Label begins with an illegal combining character"};
  if (auto refusal = check_code_points(label)) return refusal;
  return check_bidi(label);
}

}  // namespace plinth::formats

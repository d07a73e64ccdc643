#include "formats/unicode.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "json/utf8.hpp"

namespace plinth::formats {

namespace {

using Utf16 = std::u16string;

Utf16 to_utf16(CodePointsView text) {
  Utf16 out;
  out.reserve(text.size());
  for (char32_t c : text) {
    if (c < 0x10000) {
      out += static_cast<char16_t>(c);
    } else {
      out += static_cast<char16_t>(U16_LEAD(c));
      out += static_cast<char16_t>(U16_TRAIL(c));
    }
  }
  return out;
}

CodePoints from_utf16(const Utf16& text) {
  CodePoints out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    UChar32 c = 0;
    U16_NEXT(text.data(), i, text.size(), c);
    out += static_cast<char32_t>(c);
  }
  return out;
}

std::string hex(char32_t c, std::size_t width) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (auto rest = static_cast<std::uint32_t>(c); rest != 0 || out.size() < width; rest >>= 4) {
    out += digits[rest & 0xF];
  }
  std::reverse(out.begin(), out.end());
  return out;
}

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  const char group = category_group(c);
  return group != 'C' && group != 'Z';
}

void append_repr(std::string& out, char32_t c, char quote) {
  if (c == '\\' || c == static_cast<char32_t>(quote)) {
    out += '\\';
    out += static_cast<char>(c);
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\t') {
    out += "\\t";
  } else if (is_printable(c)) {
    json::append_utf8(out, c);
  } else if (c <= 0xFF) {
    out += "\\x" + hex(c, 2);
  } else if (c <= 0xFFFF) {
    out += "\\u" + hex(c, 4);
  } else {
    out += "\\U" + hex(c, 8);
  }
}

}  // namespace

CodePoints to_code_points(std::string_view utf8) {
  CodePoints out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();)
    out += static_cast<char32_t>(json::next_code_point(utf8, i));
  return out;
}

std::string to_utf8(CodePointsView text) {
  std::string out;
  out.reserve(text.size());
  for (char32_t c : text) json::append_utf8(out, c);
  return out;
}

std::size_t utf8_size(CodePointsView text) {
  std::size_t size = 0;
  for (char32_t c : text) size += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  return size;
}

bool is_ascii(CodePointsView text) {
  return std::ranges::all_of(text, [](char32_t c) { return c < 0x80; });
}

CodePoints to_lower_ascii(CodePointsView text) {
  CodePoints out(text);
  for (char32_t& c : out) {
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  }
  return out;
}

CodePoints to_nfc(CodePointsView text) {
  if (is_ascii(text)) return CodePoints(text);
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfc = unorm2_getNFCInstance(&error);
  const Utf16 source = to_utf16(text);
  Utf16 out(source.size() * 3, u'\0');  // NFC at most triples UTF-16 (Unicode FAQ, normalization)
  const auto size = unorm2_normalize(nfc, source.data(), static_cast<std::int32_t>(source.size()),
                                     out.data(), static_cast<std::int32_t>(out.size()), &error);
  if (U_FAILURE(error))
    throw std::runtime_error(std::string("ICU cannot normalize: ") + u_errorName(error));
  out.resize(static_cast<std::size_t>(size));
  return from_utf16(out);
}

CodePoints fold_case(CodePointsView text) {
  CodePoints folded(text);
  for (auto& c : folded) {
    c = static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
  }
  return folded;
}

char category_group(char32_t c) {
  const auto mask = U_MASK(u_charType(static_cast<UChar32>(c)));
  if ((mask & U_GC_L_MASK) != 0) return 'L';
  if ((mask & U_GC_M_MASK) != 0) return 'M';
  if ((mask & U_GC_N_MASK) != 0) return 'N';
  if ((mask & U_GC_P_MASK) != 0) return 'P';
  if ((mask & U_GC_S_MASK) != 0) return 'S';
  if ((mask & U_GC_Z_MASK) != 0) return 'Z';
  return 'C';
}

bool is_python_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  const auto direction = u_charDirection(static_cast<UChar32>(c));
  return u_charType(static_cast<UChar32>(c)) == U_SPACE_SEPARATOR ||
         direction == U_WHITE_SPACE_NEUTRAL || direction == U_BLOCK_SEPARATOR ||
         direction == U_SEGMENT_SEPARATOR;
}

bool is_word(char32_t c) {
  const char group = category_group(c);
  return c == '_' || group == 'L' || group == 'N';
}

CodePointsView strip(CodePointsView text) {
  while (!text.empty() && is_python_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_python_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string python_repr(CodePointsView text) {
  const bool has_single = text.find(U'\'') != text.npos;
  const char quote = has_single && text.find(U'"') == text.npos ? '"' : '\'';
  std::string out(1, quote);
  for (char32_t c : text) append_repr(out, c, quote);
  out += quote;
  return out;
}

std::string code_point_name(char32_t c) {
  std::string digits = hex(c, 4);
  for (char& digit : digits) digit = static_cast<char>(digit >= 'a' ? digit - 'a' + 'A' : digit);
  return "U+" + digits;
}

std::string character_name(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  std::array<char, 128> name{};
  const auto size = u_charName(static_cast<UChar32>(c), U_UNICODE_CHAR_NAME, name.data(),
                               static_cast<std::int32_t>(name.size()), &error);
  if (U_FAILURE(error)) return {};
  return std::string(name.data(), static_cast<std::size_t>(size));
}

}  // namespace plinth::formats

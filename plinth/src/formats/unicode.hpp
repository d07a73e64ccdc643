// Text as code points, with those properties of Unicode and of Python's str that the checks of
// addresses need.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plinth::formats {

using CodePoints = std::u32string;
using CodePointsView = std::u32string_view;

CodePoints to_code_points(std::string_view utf8);
std::string to_utf8(CodePointsView text);
std::size_t utf8_size(CodePointsView text);

bool is_ascii(CodePointsView text);
CodePoints to_lower_ascii(CodePointsView text);
/// Normalization Form C.
CodePoints to_nfc(CodePointsView text);
/// Simple case folding: one for all letter cases of a text, in any script.
CodePoints fold_case(CodePointsView text);

/// The first letter of the general category: L, M, N, P, S, Z or C.
char category_group(char32_t c);
/// str.isspace()
bool is_python_space(char32_t c);
/// What "\w" matches.
bool is_word(char32_t c);
CodePointsView strip(CodePointsView text);

/// repr(text): in quotes, with escapes for what is not printable.
std::string python_repr(CodePointsView text);
/// "U+0080"
std::string code_point_name(char32_t c);
/// The name in the Unicode Character Database; empty for characters without.
std::string character_name(char32_t c);

}  // namespace plinth::formats

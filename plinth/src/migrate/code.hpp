// C++ source under construction: calls and lists, broken into lines as clang-format would.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::migrate {

/// "head(part, part)": `head` and `tail` hold the brackets. Without parts: `head` alone, a literal
/// among them, which may be broken after a space.
struct Code {
  std::string head;
  std::vector<Code> parts = {};
  std::string tail = {};
};

/// `name(parts…)`, `{parts…}`, "text" as a literal.
Code call(std::string name, std::vector<Code> parts);
Code braces(std::vector<Code> parts);
Code literal(std::string_view text);
/// `.name = value`
Code member(const std::string& name, Code value);

/// In lines of at most 100 columns where that can be. `column`: where it begins; `after`: what
/// follows it in its last line.
std::string written(const Code& code, std::size_t column, std::size_t after);
/// The same with a line for each part after the first.
std::string written_as_list(const Code& code, std::size_t column);

}  // namespace plinth::migrate

// Which characters an e-mail address may hold, and how they are named in errors.
#include <set>
#include <vector>

#include "formats/email_parts.hpp"

namespace plinth::formats {

namespace {

bool is_unsafe(char32_t c, bool first, bool allow_space) {
  switch (category_group(c)) {
    case 'L':
    case 'N':
    case 'P':
    case 'S':
      return false;
    case 'M':
      return first;  // would combine with what stands before
    case 'Z':
      return !(allow_space && c != 0x2028 && c != 0x2029);  // line and paragraph separators
    default:
      return true;
  }
}

template <class Container>
std::string join(const Container& names) {
  std::string out;
  for (const auto& name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

std::string with_name(std::string_view sentence, std::string_view name) {
  std::string out(sentence);
  return out.replace(out.find("{}"), 2, name);
}

}  // namespace

bool is_atom_text(char32_t c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || CodePointsView(U"_!#$%&'*+-/=?^`{|}~").find(c) != CodePointsView::npos;
}

bool is_international_atom_text(char32_t c) { return c >= 0x80 || is_atom_text(c); }

std::string display_character(char32_t c) {
  if (c == '\\') return "\"\\\"";
  const char group = category_group(c);
  if (group == 'L' || group == 'N' || group == 'P' || group == 'S') return python_repr({&c, 1});
  auto name = character_name(c);
  if (!name.empty()) return name;
  auto number = code_point_name(c);
  if (c >= 0xFFFF) number.insert(2, 8 - (number.size() - 2), '0');
  return number;
}

std::string display_failing(CodePointsView text, bool (*passes)(char32_t)) {
  std::set<std::string> names;
  for (char32_t c : text) {
    if (!passes(c)) names.insert(display_character(c));
  }
  return join(names);
}

Refusal check_unsafe_characters(CodePointsView text, bool allow_space) {
  std::set<char32_t> bad;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_unsafe(text[i], i == 0, allow_space)) bad.insert(text[i]);
  }
  if (bad.empty()) return {};
  std::vector<std::string> names;
  for (char32_t c : bad) names.push_back(display_character(c));
  return {"The email address contains unsafe characters: " + join(names) + "."};
}

Refusal check_dot_atom(CodePointsView text, std::string_view start_sentence,
                       std::string_view end_sentence, bool is_hostname) {
  if (text.ends_with(U'.')) return {with_name(end_sentence, "period")};
  if (text.starts_with(U'.')) return {with_name(start_sentence, "period")};
  if (text.find(U"..") != text.npos) return {"An email address cannot have two periods in a row."};
  if (!is_hostname) return {};
  if (text.ends_with(U'-')) return {with_name(end_sentence, "hyphen")};
  if (text.starts_with(U'-')) return {with_name(start_sentence, "hyphen")};
  if (text.find(U".-") != text.npos || text.find(U"-.") != text.npos) {
    return {"An email address cannot have a period and a hyphen next to each other."};
  }
  return {};
}

std::string too_many(std::size_t excess, std::string_view unit, std::string_view after) {
  std::string out = "(" + std::to_string(excess) + " " + std::string(unit);
  if (excess > 1) out += 's';
  out += " too many";
  if (!after.empty()) out += " " + std::string(after);
  return out + ")";
}

}  // namespace plinth::formats

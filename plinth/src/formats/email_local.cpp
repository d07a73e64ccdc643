// The part of an e-mail address before the @-sign. Source: email-validator 2.3,
// validate_email_local_part.
#include <algorithm>
#include <array>

#include "formats/email_parts.hpp"

namespace plinth::formats {

namespace {

// Atoms with single periods between them.
bool is_dot_atom(CodePointsView text, bool (*is_atom)(char32_t)) {
  if (text.empty() || text.starts_with(U'.') || text.ends_with(U'.') ||
      text.find(U"..") != text.npos)
    return false;
  return std::ranges::all_of(text, [&](char32_t c) { return c == '.' || is_atom(c); });
}

bool may_be_quoted(char32_t c) { return c >= 0x80 || (c >= 0x20 && c <= 0x7E); }

bool may_stand_in_local_part(char32_t c) { return c == '.' || is_international_atom_text(c); }

CodePoints quote(CodePointsView text) {
  CodePoints out = U"\"";
  for (char32_t c : text) {
    if (c == '"' || c == '\\') out += U'\\';
    out += c;
  }
  out += U'"';
  return out;
}

}  // namespace

bool is_role(std::string_view lower_local_part) {
  constexpr std::array<std::string_view, 15> names = {
      "info",       "marketing", "sales", "support",   "abuse", "noc",  "security", "postmaster",
      "hostmaster", "usenet",    "news",  "webmaster", "www",   "uucp", "ftp"};
  return std::ranges::find(names, lower_local_part) != names.end();
}

Checked<LocalPart> validate_local_part(CodePointsView local, bool quoted) {
  if (local.empty()) return Refusal{"There must be something before the @-sign."};
  if (is_dot_atom(local, is_atom_text)) return LocalPart{CodePoints(local), true};

  if (is_dot_atom(local, is_international_atom_text)) {
    if (auto refusal = check_unsafe_characters(local)) return refusal;
    return LocalPart{CodePoints(local), false};
  }
  if (quoted) {
    auto bad = display_failing(local, may_be_quoted);
    if (!bad.empty()) {
      return Refusal{"The email address contains invalid characters in quotes before the @-sign: " +
                     bad + "."};
    }
    if (auto refusal = check_unsafe_characters(local, true)) return refusal;
    return LocalPart{quote(local), is_ascii(local)};
  }

  auto bad = display_failing(local, may_stand_in_local_part);
  if (!bad.empty()) {
    return Refusal{"The email address contains invalid characters before the @-sign: " + bad + "."};
  }
  if (auto refusal = check_dot_atom(
          local, "An email address cannot start with a {}.",
          "An email address cannot have a {} immediately before the @-sign.", false)) {
    return refusal;
  }
  return Refusal{"The email address contains invalid characters before the @-sign."};
}

}  // namespace plinth::formats

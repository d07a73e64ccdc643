// Finds the parts of an e-mail address. Source: email-validator 2.3, split_email.
#include <unicode/unorm2.h>

#include <algorithm>

#include "formats/email_parts.hpp"

namespace plinth::formats {

namespace {

// '<' with U+0338 behind it is one character, U+226E: then it is no bracket. The same for '@' and
// '"'.
bool stands_alone(CodePointsView text, std::size_t at) {
  UErrorCode error = U_ZERO_ERROR;
  const auto* nfc = unorm2_getNFCInstance(&error);
  std::size_t end = at + 1;
  while (end < text.size() && unorm2_hasBoundaryBefore(nfc, static_cast<UChar32>(text[end])) == 0)
    ++end;
  return end == at + 1 || to_nfc(text.substr(at, end - at)).front() == text[at];
}

struct Halves {
  CodePointsView left;
  CodePointsView right;  // begins with the special character
};

Checked<Halves> split_at_unquoted(CodePointsView text, CodePointsView specials) {
  bool inside_quote = false;
  bool escaped = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const bool special = specials.find(c) != specials.npos;
    if (!special && c != '"' && c != '\\') {
      escaped = false;
    } else if (!stands_alone(text, i)) {
      continue;
    } else if (inside_quote) {
      if (c == '"' && !escaped) inside_quote = false;
      escaped = c == '\\' && !escaped;
    } else if (c == '"') {
      inside_quote = true;
    } else if (special) {
      return Halves{text.substr(0, i), text.substr(i)};
    }
  }
  if (text.find(U'\uFF20') != text.npos) {
    return Refusal{
        "The email address has the \"full-width\" at-sign (@) character instead of a regular "
        "at-sign."};
  }
  if (text.find(U'\uFE6B') != text.npos) {
    return Refusal{
        "The email address has the \"small commercial at\" character instead of a regular "
        "at-sign."};
  }
  return Refusal{"An email address must have an @-sign."};
}

struct Unquoted {
  CodePoints text;
  bool quoted = false;
};

Checked<Unquoted> unquote(CodePointsView text) {
  if (!text.starts_with(U'"')) return Unquoted{CodePoints(text), false};
  Unquoted out{{}, true};
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i < text.size()) out.text += text[i];
    } else if (text[i] != '"') {
      out.text += text[i];
    } else if (i + 1 < text.size()) {
      std::string rest;
      for (char32_t c : text.substr(i + 1))
        rest += (rest.empty() ? "" : ", ") + display_character(c);
      return Refusal{"Extra character(s) found after close quote: " + rest};
    } else {
      break;
    }
  }
  return out;
}

bool may_stand_in_display_name(char32_t c) { return c == ' ' || is_atom_text(c); }

Checked<CodePoints> read_display_name(CodePointsView text) {
  while (!text.empty() && is_python_space(text.back())) text.remove_suffix(1);
  auto name = unquote(text);
  if (!name) return Refusal{name.reason};
  if (!name.value.quoted) {
    auto bad = display_failing(name.value.text, may_stand_in_display_name);
    if (!bad.empty()) {
      return Refusal{"The display name contains invalid characters when not quoted: " + bad + "."};
    }
  }
  if (auto refusal = check_unsafe_characters(name.value.text, true)) return refusal;
  return name.value.text;
}

}  // namespace

Checked<SplitEmail> split_email(CodePointsView text) {
  SplitEmail out;
  auto halves = split_at_unquoted(text, U"@<");
  if (!halves) return Refusal{halves.reason};
  if (halves.value.right.starts_with(U'<')) {
    auto name = read_display_name(halves.value.left);
    if (!name) return Refusal{name.reason};
    out.display_name = name.value;

    auto address = halves.value.right;
    if (address.find(U'>') == address.npos) {
      return Refusal{
          "An open angle bracket at the start of the email address has to be followed by a close "
          "angle bracket at "
          "the end."};
    }
    while (address.ends_with(U' ')) address.remove_suffix(1);
    if (!address.ends_with(U'>'))
      return Refusal{"There can't be anything after the email address."};
    address.remove_prefix(1);
    while (address.ends_with(U'>')) address.remove_suffix(1);
    halves = split_at_unquoted(address, U"@");
    if (!halves) return Refusal{halves.reason};
  }
  auto domain = halves.value.right;
  if (domain.starts_with(U'@')) domain.remove_prefix(1);
  auto local = unquote(halves.value.left);
  if (!local) return Refusal{local.reason};
  out.local_part = local.value.text;
  out.domain = CodePoints(domain);
  out.quoted = local.value.quoted;
  return out;
}

}  // namespace plinth::formats

// The parts of an e-mail address. Source: email-validator 2.3, syntax.py; its checks in its order,
// its sentences.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "formats/checked.hpp"
#include "formats/unicode.hpp"

namespace plinth::formats {

struct SplitEmail {
  std::optional<CodePoints> display_name;
  CodePoints local_part;  // without quotes and escapes
  CodePoints domain;
  bool quoted = false;  // the local part was
};
/// "Ann <a@b>" or "a@b".
Checked<SplitEmail> split_email(CodePointsView text);

struct LocalPart {
  CodePoints text;
  bool ascii = true;
};
Checked<LocalPart> validate_local_part(CodePointsView local, bool quoted);

struct DomainName {
  CodePoints text;    // in Unicode
  std::string ascii;  // as the DNS has it
};
Checked<DomainName> validate_domain_name(CodePointsView domain);
/// What stands between brackets after the @-sign is never accepted; this says what else is wrong
/// with it.
Refusal refuse_domain_literal(CodePointsView literal);

/// A domain in ASCII that mail can reach by its name: with a period, a top level of letters, not
/// reserved.
Refusal check_deliverable(std::string_view ascii_domain);
/// One of the mailboxes whose names know no letter case; in lower case here. Source: RFC 2142
bool is_role(std::string_view lower_local_part);

/// The normalized address, when `text` is one of a common form; all that is unusual is nothing, and
/// may be good or bad.
std::optional<std::string> read_plain_address(std::string_view text);

/// Letters, digits and punctuation of an atom. Source: RFC 5322, 3.2.3
bool is_atom_text(char32_t c);
/// The same beyond ASCII. Source: RFC 6531, 3.3
bool is_international_atom_text(char32_t c);
/// A character in quotes, or its name where it would not show.
std::string display_character(char32_t c);
/// Displays the characters that do not pass, sorted, without repeats: "'(', SPACE"; empty when all
/// pass.
std::string display_failing(CodePointsView text, bool (*passes)(char32_t));
/// Refuses what would show an address as another one.
Refusal check_unsafe_characters(CodePointsView text, bool allow_space = false);
/// Where periods (and in a host name hyphens) may stand. The sentences hold "{}" for the name of
/// the character.
Refusal check_dot_atom(CodePointsView text, std::string_view start_sentence,
                       std::string_view end_sentence, bool is_hostname);

/// "(2 characters too many)"
std::string too_many(std::size_t excess, std::string_view unit = "character",
                     std::string_view after = {});

}  // namespace plinth::formats

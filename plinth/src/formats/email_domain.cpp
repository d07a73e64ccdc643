// The part of an e-mail address after the @-sign. Source: email-validator 2.3,
// validate_email_domain_name.
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <algorithm>
#include <array>

#include "formats/email_parts.hpp"
#include "formats/idna.hpp"
#include "formats/ip_address.hpp"

namespace plinth::formats {

namespace {

constexpr std::size_t label_bytes_max = 63;    // RFC 1035, 2.3.1
constexpr std::size_t domain_bytes_max = 253;  // RFC 1035, 2.3.4, less the root

bool may_stand_in_domain(char32_t c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || c == '-' || c == '.' || c >= 0x80;
}

bool decomposes_into_period(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  std::array<char16_t, 64> parts{};
  const auto size =
      unorm2_getRawDecomposition(unorm2_getNFKDInstance(&error), static_cast<UChar32>(c),
                                 parts.data(), static_cast<std::int32_t>(parts.size()), &error);
  return U_SUCCESS(error) && size > 0 &&
         std::u16string_view(parts.data(), static_cast<std::size_t>(size)).find(u'.') !=
             std::u16string_view::npos;
}

// What UTS 46 would refuse, or what would become a period.
bool may_be_mapped(char32_t c) {
  auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (c < 0x80) return true;
  if (in(0x80, 0x9F)) return false;
  const bool dots = in(0x2024, 0x2026) || in(0x2028, 0x202E);
  if ((in(0x2010, 0x2060) && !dots) || c == 0xAD || c == 0x2064 || c == 0xFF0E ||
      in(0x200B, 0x200D) || in(0x1BCA0, 0x1BCA3)) {
    return true;
  }
  constexpr auto refused = U_GC_CF_MASK | U_GC_CN_MASK | U_GC_CO_MASK | U_GC_CS_MASK | U_GC_Z_MASK;
  if ((U_GET_GC_MASK(static_cast<UChar32>(c)) & refused) != 0) return false;
  return !decomposes_into_period(c);
}

// RFC 5890, 2.3.1: two hyphens in third and fourth place are only for "xn".
bool has_reserved_hyphens(CodePointsView label) {
  if (label.size() < 4 || label.substr(2, 2) != U"--" || label[0] == '\n' || label[1] == '\n')
    return false;
  return to_lower_ascii(label.substr(0, 2)) != U"xn";
}

template <class Text, class Visit>
Refusal for_each_label(Text text, Visit visit) {
  while (true) {
    const auto dot = text.find('.');
    if (auto refusal = visit(text.substr(0, dot))) return refusal;
    if (dot == text.npos) return {};
    text.remove_prefix(dot + 1);
  }
}

Checked<std::string> to_ascii_domain(CodePointsView domain) {
  if (is_ascii(domain)) return to_utf8(domain);
  std::string ascii;
  auto refusal = for_each_label(domain, [&](CodePointsView label) -> Refusal {
    auto encoded = to_a_label(label);
    if (!encoded) return {"The part after the @-sign is invalid (" + encoded.reason + ")."};
    ascii += (ascii.empty() ? "" : ".") + encoded.value;
    return {};
  });
  if (refusal) return refusal;
  return ascii;
}

Refusal check_length(std::string_view ascii, CodePointsView original) {
  if (ascii.size() > domain_bytes_max) {
    const auto excess = ascii.size() - domain_bytes_max;
    const bool as_written = to_code_points(ascii) == original;
    return {"The email address is too long after the @-sign " +
            (as_written ? too_many(excess) : too_many(excess, "byte", "after IDNA encoding")) +
            "."};
  }
  return for_each_label(ascii, [](std::string_view label) -> Refusal {
    if (label.size() <= label_bytes_max) return {};
    return {"After the @-sign, periods cannot be separated by so many characters " +
            too_many(label.size() - label_bytes_max) + "."};
  });
}

Refusal check_characters(CodePointsView domain, std::string_view when = {}) {
  auto bad = display_failing(domain, may_stand_in_domain);
  if (bad.empty()) return {};
  return {"The part after the @-sign contains invalid characters" + std::string(when) + ": " + bad +
          "."};
}

// The canonical form in Unicode of a domain as the DNS has it, which need not be true IDNA.
Checked<CodePoints> to_canonical(std::string_view ascii) {
  auto domain = to_unicode_domain(ascii);
  if (!domain)
    return Refusal{"The part after the @-sign is not valid IDNA (" + domain.reason + ")."};
  if (auto refusal = check_characters(domain.value)) return refusal;
  if (auto refusal = check_unsafe_characters(domain.value)) return refusal;
  return domain;
}

}  // namespace

// Source: IANA Special-Use Domain Names, as email-validator takes them.
Refusal check_deliverable(std::string_view ascii) {
  if (ascii.find('.') == ascii.npos) {
    return {"The part after the @-sign is not valid. It should have a period."};
  }
  const char last = static_cast<char>(ascii.back() | 0x20);
  if (last < 'a' || last > 'z') {
    return {"The part after the @-sign is not valid. It is not within a valid top-level domain."};
  }
  for (std::string_view name : {".arpa", ".invalid", ".local", ".localhost", ".onion", ".test"}) {
    if (ascii.ends_with(name)) {
      return {
          "The part after the @-sign is a special-use or reserved name that cannot be used with "
          "email."};
    }
  }
  return {};
}

Checked<DomainName> validate_domain_name(CodePointsView original) {
  if (auto refusal = check_characters(original)) return refusal;
  if (auto refusal = check_unsafe_characters(original)) return refusal;
  auto bad = display_failing(original, may_be_mapped);
  if (!bad.empty())
    return Refusal{"The part after the @-sign contains invalid characters: " + bad + "."};

  auto mapped = uts46_remap(original);
  if (!mapped)
    return Refusal{"The part after the @-sign contains invalid characters (" + mapped.reason +
                   ")."};
  const auto& domain = mapped.value;
  if (auto refusal = check_characters(domain, " after Unicode normalization")) return refusal;
  if (auto refusal =
          check_dot_atom(domain, "An email address cannot have a {} immediately after the @-sign.",
                         "An email address cannot end with a {}.", true)) {
    return refusal;
  }
  if (auto refusal = for_each_label(CodePointsView(domain), [](CodePointsView label) -> Refusal {
        if (!has_reserved_hyphens(label)) return {};
        return {
            "An email address cannot have two letters followed by two dashes immediately after the "
            "@-sign or after "
            "a period, except Punycode."};
      })) {
    return refusal;
  }
  auto ascii = to_ascii_domain(domain);
  if (!ascii) return Refusal{ascii.reason};
  if (auto refusal = check_length(ascii.value, original)) return refusal;
  if (auto refusal = check_deliverable(ascii.value)) return refusal;
  auto canonical = to_canonical(ascii.value);
  if (!canonical) return Refusal{canonical.reason};
  return DomainName{std::move(canonical.value), std::move(ascii.value)};
}

Refusal refuse_domain_literal(CodePointsView literal) {
  constexpr std::string_view not_allowed =
      "A bracketed IP address after the @-sign is not allowed here.";
  constexpr CodePointsView ipv6_tag = U"IPv6:";
  auto digits = literal;
  if (digits.size() > 1 && digits.ends_with(U'\n')) digits.remove_suffix(1);
  const bool numeric =
      std::ranges::all_of(digits, [](char32_t c) { return c == '.' || (c >= '0' && c <= '9'); });
  if (numeric && !digits.empty()) {
    auto error = check_ipv4(literal);
    if (error.empty()) return {std::string(not_allowed)};
    return {"The address in brackets after the @-sign is not valid: It is not an IPv4 address (" +
            error + ") or is missing an address literal tag."};
  }
  if (literal.starts_with(ipv6_tag)) {
    auto error = check_ipv6(literal.substr(ipv6_tag.size()));
    if (error.empty()) return {std::string(not_allowed)};
    return {"The IPv6 address in brackets after the @-sign is not valid (" + error + ")."};
  }
  if (literal.find(U':') == literal.npos) {
    return {
        "The part after the @-sign in brackets is not an IPv4 address and has no address literal "
        "tag."};
  }
  // The ranges overlap as they do in email-validator, which so lets through all from '!' to U+00FA.
  auto bad = display_failing(literal, [](char32_t c) { return c >= 0x21 && c <= 0xFA; });
  if (!bad.empty()) {
    return {"The part after the @-sign contains invalid characters in brackets: " + bad + "."};
  }
  return {"The part after the @-sign contains an invalid address literal tag in brackets."};
}

}  // namespace plinth::formats

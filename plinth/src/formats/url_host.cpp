#include "formats/url_host.hpp"

#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <vector>

#include "formats/idna.hpp"
#include "json/utf8.hpp"

namespace plinth::formats {

namespace {

constexpr std::string_view bad_ipv4 = "invalid IPv4 address";
constexpr std::string_view bad_ipv6 = "invalid IPv6 address";
constexpr std::string_view bad_domain = "invalid international domain name";

Refusal refuse(std::string_view reason) { return {std::string(reason)}; }

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

// An IPv4 number in base 8, 10 or 16; saturated beyond 32 bits.
std::optional<std::uint64_t> read_ipv4_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() >= 2 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  for (char c : text) {
    const int digit = digit_value(c);
    if (digit >= base) return std::nullopt;
    value = std::min<std::uint64_t>(
        value * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit),
        std::uint64_t{1} << 32);
  }
  return value;
}

// The labels of a domain, without the empty one behind a last period.
std::vector<std::string_view> labels_of(std::string_view domain) {
  std::vector<std::string_view> labels;
  while (true) {
    const auto dot = domain.find('.');
    labels.push_back(domain.substr(0, dot));
    if (dot == domain.npos) break;
    domain.remove_prefix(dot + 1);
  }
  if (labels.size() > 1 && labels.back().empty()) labels.pop_back();
  return labels;
}

bool ends_in_number(const std::vector<std::string_view>& labels) {
  const auto last = labels.back();
  const bool digits = std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
  return (!last.empty() && digits) || read_ipv4_number(last).has_value();
}

Checked<std::string> read_ipv4(const std::vector<std::string_view>& labels) {
  if (labels.size() > 4) return refuse(bad_ipv4);
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto number = read_ipv4_number(labels[i]);
    if (!number) return refuse(bad_ipv4);
    const bool last = i + 1 == labels.size();
    const std::uint64_t limit = last ? std::uint64_t{1} << (8 * (4 - i)) : 256;
    if (*number >= limit) return refuse(bad_ipv4);
    address += last ? *number : *number << (8 * (3 - i));
  }
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += std::to_string(address >> shift & 0xFF);
    if (shift > 0) out += '.';
  }
  return out;
}

using Pieces = std::array<std::uint16_t, 8>;

// The two pieces that an IPv4 address in dotted decimal makes at the end of an IPv6 one.
bool read_embedded_ipv4(std::string_view text, Pieces& pieces, std::size_t at) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return false;
      text.remove_prefix(1);
    }
    unsigned octet = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octet);
    const auto size = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || octet > 255 || (size > 1 && text[0] == '0')) return false;
    text.remove_prefix(size);
    auto& piece = pieces[at + i / 2];
    piece = static_cast<std::uint16_t>(unsigned{piece} << 8 | octet);
  }
  return text.empty();
}

std::optional<Pieces> read_pieces(std::string_view text) {
  Pieces pieces{};
  std::size_t count = 0;
  std::optional<std::size_t> gap;
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (count == pieces.size()) return std::nullopt;
    unsigned value = 0;
    const auto* limit = text.data() + std::min<std::size_t>(4, text.size());
    auto [end, error] = std::from_chars(text.data(), limit, value, 16);
    if (error != std::errc()) return std::nullopt;
    auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (rest.starts_with('.')) {
      if (count > 6 || !read_embedded_ipv4(text, pieces, count)) return std::nullopt;
      count += 2;
      break;
    }
    pieces[count++] = static_cast<std::uint16_t>(value);
    if (rest.starts_with("::")) {
      if (gap) return std::nullopt;
      gap = count;
      rest.remove_prefix(2);
    } else if (!rest.empty()) {
      if (rest[0] != ':' || rest.size() == 1) return std::nullopt;
      rest.remove_prefix(1);
    }
    text = rest;
  }
  if (!gap) return count == pieces.size() ? std::optional(pieces) : std::nullopt;
  if (count == pieces.size()) return std::nullopt;
  // What was read behind the gap belongs at the end.
  const auto first = pieces.begin() + static_cast<std::ptrdiff_t>(*gap);
  std::rotate(first, pieces.begin() + static_cast<std::ptrdiff_t>(count), pieces.end());
  return pieces;
}

// In lower case, the first longest run of at least two zero pieces as "::". Source: RFC 5952, 4
std::string write_ipv6(const Pieces& pieces) {
  std::size_t start = pieces.size();
  std::size_t longest = 1;
  for (std::size_t i = 0; i < pieces.size();) {
    std::size_t end = i;
    while (end < pieces.size() && pieces[end] == 0) ++end;
    if (end - i > longest) {
      start = i;
      longest = end - i;
    }
    i = std::max(end, i + 1);
  }
  std::string out = "[";
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i == start) {
      out += "::";
      i += longest - 1;
      continue;
    }
    if (out.size() > 1 && !out.ends_with(':')) out += ':';
    std::array<char, 4> digits{};
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), pieces[i], 16).ptr);
  }
  return out + "]";
}

bool is_forbidden_in_opaque_host(char c) {
  constexpr std::string_view forbidden("\0\t\n\r #/:<>?@[\\]^|", 17);
  return forbidden.find(c) != forbidden.npos;
}

bool is_forbidden_in_domain(char c) {
  return is_forbidden_in_opaque_host(c) || static_cast<unsigned char>(c) <= 0x20 || c == '%' ||
         c == 0x7F;
}

// UTS 46, non-transitional, with checks of joiners and directions, without checks of hyphens and
// lengths.
std::optional<std::string> domain_to_ascii(std::string_view domain) {
  struct Close {
    void operator()(UIDNA* idna) const { uidna_close(idna); }
  };
  constexpr std::uint32_t ignored = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                                    UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
                                    UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;
  const auto mapped = uts46_remap(to_code_points(domain));
  if (!mapped) return std::nullopt;
  const auto text = to_utf8(mapped.value);

  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<UIDNA, Close> idna(uidna_openUTS46(
      UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, &error));
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  std::string out(text.size() * 8 + 64, '\0');
  const auto size =
      uidna_nameToASCII_UTF8(idna.get(), text.data(), static_cast<std::int32_t>(text.size()),
                             out.data(), static_cast<std::int32_t>(out.size()), &info, &error);
  if (U_FAILURE(error) || (info.errors & ~ignored) != 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size));
  return out;
}

bool is_ascii_domain(std::string_view text) {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return std::ranges::all_of(text, plain) && text.find("xn--") == text.npos;
}

}  // namespace

namespace {

// False: some '%' is no escape, and stays.
bool decode_into(std::string& out, std::string_view text) {
  bool good = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%';
    if (escape && i + 2 < text.size() && digit_value(text[i + 1]) < 16 &&
        digit_value(text[i + 2]) < 16) {
      out += static_cast<char>(digit_value(text[i + 1]) << 4 | digit_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
      good = good && !escape;
    }
  }
  return good;
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string out;
  decode_into(out, text);
  return out;
}

std::optional<std::string> percent_decode_strictly(std::string_view text) {
  std::string out;
  return decode_into(out, text) ? std::optional(std::move(out)) : std::nullopt;
}

Checked<std::string> read_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return refuse(bad_ipv6);
    auto pieces = text.size() < 4 ? std::nullopt : read_pieces(text.substr(1, text.size() - 2));
    if (!pieces) return refuse(bad_ipv6);
    return write_ipv6(*pieces);
  }
  std::string domain = percent_decode(text);
  if (!is_ascii_domain(domain)) {
    auto ascii = json::is_utf8(domain) ? domain_to_ascii(domain) : std::nullopt;
    if (!ascii || std::ranges::any_of(*ascii, is_forbidden_in_domain)) return refuse(bad_domain);
    domain = *ascii;
  }
  if (domain.empty()) return refuse("empty host");
  const auto labels = labels_of(domain);
  return ends_in_number(labels) ? read_ipv4(labels) : Checked<std::string>(domain);
}

Refusal check_opaque_host(std::string_view text) {
  if (text.starts_with('[')) {
    auto host = read_host(text);
    return {host.reason};
  }
  if (std::ranges::any_of(text, is_forbidden_in_opaque_host))
    return refuse("invalid domain character");
  return {};
}

}  // namespace plinth::formats

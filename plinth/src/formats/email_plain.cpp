// The short way for the addresses that nearly everybody has.
#include <algorithm>

#include "formats/email_parts.hpp"

namespace plinth::formats {

namespace {

constexpr std::size_t plain_address_bytes_max = 254;
constexpr std::size_t plain_label_bytes_max = 63;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char to_lower(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

bool is_plain_local_part(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.') return false;
  for (std::size_t i = 0; i < local.size(); ++i) {
    const char c = local[i];
    if (!is_letter_or_digit(c) && c != '.' && c != '_' && c != '-' && c != '+') return false;
    if (c == '.' && local[i + 1] == '.') return false;
  }
  return true;
}

// Letters and digits, hyphens only between them and never two, so that it is no A-label.
bool is_plain_label(std::string_view label) {
  if (label.empty() || label.size() > plain_label_bytes_max) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (!is_letter_or_digit(label[i]) && (label[i] != '-' || label[i + 1] == '-')) return false;
  }
  return true;
}

bool is_plain_domain(std::string_view domain) {
  const auto last_dot = domain.rfind('.');
  if (last_dot == domain.npos || check_deliverable(domain)) return false;
  while (true) {
    const auto dot = domain.find('.');
    if (!is_plain_label(domain.substr(0, dot))) return false;
    if (dot == domain.npos) return true;
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<std::string> read_plain_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == text.npos || text.size() > plain_address_bytes_max) return std::nullopt;
  std::string address(text);
  std::transform(address.begin() + static_cast<std::ptrdiff_t>(at), address.end(),
                 address.begin() + static_cast<std::ptrdiff_t>(at), to_lower);
  const auto local = std::string_view(address).substr(0, at);
  if (!is_plain_local_part(local) || !is_plain_domain(std::string_view(address).substr(at + 1))) {
    return std::nullopt;
  }
  std::string lower(local);
  std::ranges::transform(lower, lower.begin(), to_lower);
  if (is_role(lower)) address.replace(0, at, lower);
  return address;
}

}  // namespace plinth::formats

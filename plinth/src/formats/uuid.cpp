#include "formats/uuid.hpp"

#include <unistd.h>

#include <array>
#include <stdexcept>

#include "formats/checked.hpp"
#include "json/utf8.hpp"

namespace plinth::formats {

namespace {

constexpr std::string_view urn_prefix = "urn:uuid:";
constexpr std::array<std::size_t, 5> group_starts = {0, 9, 14, 19, 24};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// 32 digits, with hyphens at their places when there are 36 characters.
std::optional<Uuid> decode(std::string_view text) {
  Uuid uuid;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.size() == 36 && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    auto& byte = uuid.bytes[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  return uuid;
}

std::string group_length(std::size_t group, std::size_t found) {
  constexpr std::array<int, 5> expected = {8, 4, 4, 4, 12};
  return "invalid group length in group " + std::to_string(group) + ": expected " +
         std::to_string(expected[group]) + ", found " + std::to_string(found);
}

// What is wrong with a text that is no UUID.
//
// grouped  hyphens are due; else a text without them has the wrong length
std::string explain(std::string_view text, bool grouped) {
  if (text.empty() || text.size() > urn_prefix.size() + 36) {
    return "invalid length: found " + std::to_string(text.size());
  }
  std::size_t first = 0;
  std::size_t last = text.size();
  if (!grouped && text.size() > 1 && text.starts_with('{') && text.ends_with('}')) {
    first = 1;
    --last;
    grouped = true;
  } else if (!grouped && text.starts_with(urn_prefix)) {
    first = urn_prefix.size();
    grouped = true;
  }
  std::array<std::size_t, 4> hyphens{};
  std::size_t hyphen_count = 0;
  for (std::size_t i = first; i < last; ++i) {
    if (text[i] == '-') {
      if (hyphen_count < hyphens.size()) hyphens[hyphen_count] = i - first;
      ++hyphen_count;
    } else if (hex_value(text[i]) < 0) {
      std::size_t end = i;
      json::next_code_point(text, end);
      return "invalid character: found `" + std::string(text.substr(i, end - i)) + "` at " +
             std::to_string(i);
    }
  }
  if (!grouped && hyphen_count == 0) return "invalid length: found " + std::to_string(text.size());
  if (hyphen_count != hyphens.size()) {
    return "invalid group count: expected 5, found " + std::to_string(hyphen_count + 1);
  }
  for (std::size_t i = 0; i < hyphens.size(); ++i) {
    if (hyphens[i] != group_starts[i + 1] - 1) return group_length(i, hyphens[i] - group_starts[i]);
  }
  return group_length(4, text.size() - group_starts[4]);
}

}  // namespace

Parsed<Uuid> uuid_from_text(std::string_view text) {
  auto bare = text;
  if (text.size() == 38 && text.starts_with('{') && text.ends_with('}')) {
    bare = text.substr(1, 36);
  } else if (text.size() == urn_prefix.size() + 36 && text.starts_with(urn_prefix)) {
    bare = text.substr(urn_prefix.size());
  }
  const bool grouped = bare.size() == 36;
  if (grouped || bare.size() == 32) {
    if (auto uuid = decode(bare)) return *uuid;
  }
  return error_problem("uuid_parsing", "Input should be a valid UUID, ",
                       explain(grouped ? bare : text, grouped));
}

}  // namespace plinth::formats

namespace plinth {

std::string Uuid::str() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += digits[bytes[i] >> 4];
    out += digits[bytes[i] & 0xF];
  }
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  return formats::uuid_from_text(text).value;
}

// Source: RFC 9562, 5.4
Uuid Uuid::random() {
  Uuid uuid;
  if (getentropy(uuid.bytes.data(), uuid.bytes.size()) != 0) {
    throw std::runtime_error("Uuid::random: the system gives no random bytes");
  }
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | 0x40);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);
  return uuid;
}

}  // namespace plinth

#include "security/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace plinth::security {

namespace {

constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view plain_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t no_digit = 0x80;
using Digits = std::array<std::uint8_t, 256>;

constexpr Digits digits_of(std::string_view alphabet) {
  Digits digits;
  digits.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}

constexpr Digits url_digits = digits_of(url_alphabet);
constexpr Digits plain_digits = digits_of(plain_alphabet);

// Four characters are three bytes; two or three at the end are one or two, with bits left over.
bool decode(std::string_view text, const Digits& digits, std::string& bytes) {
  if (text.size() % 4 == 1) return false;
  auto start = bytes.size();
  bytes.resize(start + text.size() * 3 / 4);
  char* out = bytes.data() + start;

  std::uint32_t seen = 0;
  auto digit = [&](std::size_t i) -> std::uint32_t {
    std::uint8_t value = digits[static_cast<unsigned char>(text[i])];
    seen |= value;
    return value;
  };
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    std::uint32_t group = digit(i) << 18 | digit(i + 1) << 12 | digit(i + 2) << 6 | digit(i + 3);
    *out++ = static_cast<char>(group >> 16 & 0xff);
    *out++ = static_cast<char>(group >> 8 & 0xff);
    *out++ = static_cast<char>(group & 0xff);
  }
  std::uint32_t unused = 0;
  if (text.size() - i == 2) {
    std::uint32_t group = digit(i) << 6 | digit(i + 1);
    *out++ = static_cast<char>(group >> 4 & 0xff);
    unused = group & 0xf;
  } else if (text.size() - i == 3) {
    std::uint32_t group = digit(i) << 12 | digit(i + 1) << 6 | digit(i + 2);
    *out++ = static_cast<char>(group >> 10 & 0xff);
    *out++ = static_cast<char>(group >> 2 & 0xff);
    unused = group & 0x3;
  }
  return (seen & no_digit) == 0 && unused == 0;
}

std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t group = 0;
  int bits = 0;
  for (char byte : bytes) {
    group = group << 8 | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) text += alphabet[group >> (bits - 6) & 0x3f];
  }
  if (bits > 0) text += alphabet[group << (6 - bits) & 0x3f];
  return text;
}

}  // namespace

std::string encode_base64url(std::string_view bytes) { return encode(bytes, url_alphabet); }

std::string encode_base64(std::string_view bytes) {
  std::string text = encode(bytes, plain_alphabet);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

bool decode_base64url(std::string_view text, std::string& bytes) {
  return decode(text, url_digits, bytes);
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  std::string bytes;
  if (!decode(text, plain_digits, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace plinth::security

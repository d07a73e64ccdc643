#include "redis/command.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace plinth::redis {

namespace {

void append_head(std::string& bytes, char kind, std::size_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  bytes += kind;
  bytes.append(digits.begin(), end);
  bytes += "\r\n";
}

}  // namespace

void append_command(std::string& bytes, const Words& words) {
  std::size_t size = 16;
  for (const auto& word : words) size += word.size() + 16;
  if (bytes.capacity() - bytes.size() < size) {
    bytes.reserve(bytes.empty() ? size : 2 * bytes.size() + size);
  }
  append_head(bytes, '*', words.size());
  for (const auto& word : words) {
    append_head(bytes, '$', word.size());
    bytes += word;
    bytes += "\r\n";
  }
}

Script::Script(std::string_view text) : text_(text) {
  std::array<unsigned char, 20> digest{};
  if (EVP_Digest(text_.data(), text_.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-1, by which Redis knows its scripts");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  for (const unsigned char byte : digest) {
    sha_ += digits[byte >> 4U];
    sha_ += digits[byte & 15U];
  }
}

}  // namespace plinth::redis

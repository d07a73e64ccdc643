#include "plinth/secrets.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "security/base64.hpp"
#include "security/hmac.hpp"

namespace plinth {

namespace {

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += digits[byte >> 4U];
    hex += digits[byte & 15U];
  }
  return hex;
}

}  // namespace

std::string token_urlsafe(std::size_t bytes) {
  std::string random(bytes, '\0');
  for (std::size_t filled = 0; filled < bytes;) {
    const auto got = ::getrandom(random.data() + filled, bytes - filled, 0);
    if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category());
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  return security::encode_base64url(random);
}

std::string sha256_hex(std::string_view text) {
  std::array<char, 32> digest{};
  auto* bytes = reinterpret_cast<unsigned char*>(digest.data());
  if (EVP_Digest(text.data(), text.size(), bytes, nullptr, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  return hex_of({digest.data(), digest.size()});
}

std::string hmac_sha256_hex(std::string_view key, std::string_view text) {
  return hex_of(security::hmac(security::HashName::sha256, std::string(key), text).view());
}

bool compare_digest(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace plinth

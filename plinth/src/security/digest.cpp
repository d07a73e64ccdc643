#include "security/digest.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace plinth::security {

std::string sha256(std::string_view bytes) {
  // Fetched once: finding the algorithm takes longer than hashing a short text.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string digest(32, '\0');
  auto* out = reinterpret_cast<unsigned char*>(digest.data());
  if (!algorithm || EVP_Digest(bytes.data(), bytes.size(), out, nullptr, algorithm, nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute a SHA-256");
  }
  return digest;
}

}  // namespace plinth::security

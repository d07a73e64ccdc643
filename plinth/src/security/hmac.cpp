#include "security/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plinth::security {

namespace {

struct Free {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

[[noreturn]] void fail() { throw std::runtime_error("OpenSSL cannot compute an HMAC"); }

std::unique_ptr<EVP_MAC_CTX, Free> make_context(HashName hash, const std::string& secret) {
  static constexpr const char* names[] = {"SHA256", "SHA384", "SHA512"};
  std::unique_ptr<EVP_MAC, Free> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  if (!mac) fail();
  std::unique_ptr<EVP_MAC_CTX, Free> context(EVP_MAC_CTX_new(mac.get()));
  std::string digest = names[static_cast<std::size_t>(hash)];
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end(),
  };
  const auto* key = reinterpret_cast<const unsigned char*>(secret.data());
  if (!context || EVP_MAC_init(context.get(), key, secret.size(), parameters) != 1) fail();
  return context;
}

// A context that has its key: another message needs only EVP_MAC_init without one.
class KeyedContext {
 public:
  KeyedContext(HashName hash, std::string secret)
      : hash_(hash), secret_(std::move(secret)), context_(make_context(hash_, secret_)) {}
  KeyedContext(KeyedContext&&) = default;
  KeyedContext& operator=(KeyedContext&& other) noexcept {
    std::swap(hash_, other.hash_);
    std::swap(secret_, other.secret_);
    std::swap(context_, other.context_);
    return *this;
  }
  ~KeyedContext() { OPENSSL_cleanse(secret_.data(), secret_.size()); }

  bool is_for(HashName hash, const std::string& secret) const {
    return hash_ == hash && secret_ == secret;
  }
  Mac compute(std::string_view message) {
    Mac mac;
    const auto* text = reinterpret_cast<const unsigned char*>(message.data());
    if (EVP_MAC_init(context_.get(), nullptr, 0, nullptr) != 1 ||
        EVP_MAC_update(context_.get(), text, message.size()) != 1 ||
        EVP_MAC_final(context_.get(), mac.bytes.data(), &mac.size, mac.bytes.size()) != 1) {
      fail();
    }
    return mac;
  }

 private:
  HashName hash_;
  std::string secret_;
  std::unique_ptr<EVP_MAC_CTX, Free> context_;
};

constexpr std::size_t contexts_max = 4;  // a thread's: the current key, retired ones

KeyedContext& context_of(HashName hash, const std::string& secret) {
  thread_local std::vector<KeyedContext> contexts;
  thread_local std::size_t oldest = 0;
  for (auto& context : contexts) {
    if (context.is_for(hash, secret)) return context;
  }
  KeyedContext made(hash, secret);
  if (contexts.size() < contexts_max) return contexts.emplace_back(std::move(made));
  auto& place = contexts[oldest++ % contexts_max];
  place = std::move(made);
  return place;
}

}  // namespace

std::optional<HashName> hash_of_algorithm(std::string_view algorithm) {
  if (algorithm == "HS256") return HashName::sha256;
  if (algorithm == "HS384") return HashName::sha384;
  if (algorithm == "HS512") return HashName::sha512;
  return std::nullopt;
}

Mac hmac(HashName hash, const std::string& secret, std::string_view message) {
  return context_of(hash, secret).compute(message);
}

}  // namespace plinth::security

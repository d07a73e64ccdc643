#include "security/key_pair.hpp"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <utility>
#include <vector>

#include "security/evp.hpp"

namespace plinth::security {

namespace {

using Kind = KeyPair::Kind;

constexpr int rsa_bits_min = 2048;  // RFC 7518 3.3
constexpr int rsa_bits_max = 8192;  // verifying takes 0.3 ms then
constexpr std::size_t p256_bytes = 32;

[[noreturn]] void refuse(const std::string& reason) { throw std::invalid_argument(reason); }
[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

Kind kind_of(std::string_view algorithm) {
  return algorithm == "RS256" ? Kind::rsa : algorithm == "ES256" ? Kind::p256 : Kind::ed25519;
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A key with a password would be asked for at the terminal.
int no_password(char*, int, int, void*) { return -1; }

Evp<EVP_PKEY> read_pem(std::string_view pem, bool wants_private) {
  const Evp<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) fail("read a key: no memory");
  return Evp<EVP_PKEY>(wants_private
                           ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr)
                           : PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

// A context with the key and the algorithm's parameters, for any number of digests.
Evp<EVP_PKEY_CTX> verifying_context(EVP_PKEY* key, Kind kind) {
  Evp<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key, nullptr));
  const bool ready =
      context && EVP_PKEY_verify_init(context.get()) == 1 &&
      (kind != Kind::rsa || EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1) &&
      EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1;
  if (!ready) fail("prepare a key");
  return context;
}

constexpr std::size_t verifying_contexts_max = 4;  // a thread's: the current key, retired ones

EVP_PKEY_CTX* context_of(std::uint64_t id, EVP_PKEY* key, Kind kind) {
  thread_local std::vector<std::pair<std::uint64_t, Evp<EVP_PKEY_CTX>>> contexts;
  thread_local std::size_t oldest = 0;
  for (const auto& [owner, context] : contexts) {
    if (owner == id) return context.get();
  }
  auto made = verifying_context(key, kind);
  if (contexts.size() < verifying_contexts_max) {
    return contexts.emplace_back(id, std::move(made)).second.get();
  }
  auto& place = contexts[oldest++ % verifying_contexts_max];
  place = {id, std::move(made)};
  return place.second.get();
}

struct Digest {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
};

Digest digest_of(std::string_view message) {
  Digest digest;
  if (EVP_Digest(message.data(), message.size(), digest.bytes.data(), &digest.size, EVP_sha256(),
                 nullptr) != 1) {
    fail("compute SHA-256");
  }
  return digest;
}

// ECDSA's DER for r and s; empty unless they are 32 bytes each.
std::string to_der(std::string_view signature) {
  if (signature.size() != 2 * p256_bytes) return {};
  const Evp<ECDSA_SIG> pair(ECDSA_SIG_new());
  Evp<BIGNUM> r(BN_bin2bn(bytes_of(signature), p256_bytes, nullptr));
  Evp<BIGNUM> s(BN_bin2bn(bytes_of(signature.substr(p256_bytes)), p256_bytes, nullptr));
  if (!pair || !r || !s) return {};
  // From here on they are the pair's: it refuses none but null.
  ECDSA_SIG_set0(pair.get(), r.release(), s.release());
  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &encoded);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return der;
}

std::string from_der(const std::string& der) {
  const unsigned char* place = bytes_of(der);
  const Evp<ECDSA_SIG> pair(d2i_ECDSA_SIG(nullptr, &place, static_cast<long>(der.size())));
  std::array<unsigned char, 2 * p256_bytes> raw{};
  if (!pair ||
      BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw.data(), static_cast<int>(p256_bytes)) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw.data() + p256_bytes,
                   static_cast<int>(p256_bytes)) < 0) {
    fail("sign");
  }
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

bool is_of(EVP_PKEY* key, Kind kind) {
  switch (kind) {
    case Kind::rsa:
      return EVP_PKEY_is_a(key, "RSA") == 1;
    case Kind::ed25519:
      return EVP_PKEY_is_a(key, "ED25519") == 1;
    case Kind::p256: {
      std::array<char, 64> group{};
      return EVP_PKEY_is_a(key, "EC") == 1 &&
             EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
             std::string_view(group.data()) == "prime256v1";
    }
  }
  return false;
}

std::string_view name_of(Kind kind) {
  static constexpr std::string_view names[] = {"RS256 wants an RSA key",
                                               "ES256 wants a key on the curve P-256",
                                               "EdDSA wants an Ed25519 key"};
  return names[static_cast<std::size_t>(kind)];
}

void check_rsa(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < rsa_bits_min || bits > rsa_bits_max) {
    refuse("an RSA key must have 2048 to 8192 bits, not " + std::to_string(bits));
  }
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &number) != 1) fail("read an RSA key");
  const Evp<BIGNUM> exponent(number);
  // Small exponents have been a weakness of their own too often (FIPS 186-5 wants this, too).
  if (BN_is_odd(exponent.get()) != 1 || BN_num_bits(exponent.get()) < 17) {
    refuse("an RSA key's public exponent must be odd and at least 65537");
  }
}

}  // namespace

KeyPair::KeyPair(Kind kind, std::shared_ptr<evp_pkey_st> key, bool is_private)
    : kind_(kind), private_(is_private), id_(next_id()), key_(std::move(key)) {
  check();
}

// A signature that verifies shows that both halves belong together.
void KeyPair::check() const {
  const ErrorsCleared cleared;
  if (!is_of(key_.get(), kind_)) refuse(std::string(name_of(kind_)));
  if (kind_ == Kind::rsa) check_rsa(key_.get());
  if (!private_) return;
  bool fits = false;
  try {
    fits = verify("plinth", sign("plinth"));
  } catch (const std::runtime_error&) {
    fits = false;
  }
  if (!fits) refuse("the private and the public half of a key do not belong together");
}

bool KeyPair::knows(std::string_view algorithm) {
  return algorithm == "RS256" || algorithm == "ES256" || algorithm == "EdDSA";
}

KeyPair KeyPair::from_pem(std::string_view pem, std::string_view algorithm) {
  const ErrorsCleared cleared;
  const bool is_private = pem.find("PRIVATE KEY-----") != std::string_view::npos;
  auto key = read_pem(pem, is_private);
  if (!key) {
    refuse(
        std::string(name_of(kind_of(algorithm))) +
        " in PEM, without a password: -----BEGIN PRIVATE KEY----- or -----BEGIN PUBLIC KEY-----");
  }
  return KeyPair(kind_of(algorithm), {key.release(), EvpFree()}, is_private);
}

KeyPair KeyPair::generate(std::string_view algorithm) {
  const ErrorsCleared cleared;
  const auto kind = kind_of(algorithm);
  Evp<EVP_PKEY> key(kind == Kind::rsa    ? EVP_RSA_gen(rsa_bits_min)
                    : kind == Kind::p256 ? EVP_EC_gen("P-256")
                                         : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) fail("make a key");
  return KeyPair(kind, {key.release(), EvpFree()}, true);
}

std::string KeyPair::sign(std::string_view message) const {
  const ErrorsCleared cleared;
  if (!private_) throw std::runtime_error("a public key cannot sign");
  const Evp<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const auto* hash = kind_ == Kind::ed25519 ? nullptr : EVP_sha256();
  std::size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(message), message.size()) != 1) {
    fail("sign");
  }
  std::string signature(size, '\0');
  auto* place = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(context.get(), place, &size, bytes_of(message), message.size()) != 1) {
    fail("sign");
  }
  signature.resize(size);
  return kind_ == Kind::p256 ? from_der(signature) : signature;
}

bool KeyPair::verify(std::string_view message, std::string_view signature) const {
  const ErrorsCleared cleared;
  if (kind_ == Kind::ed25519) {
    const Evp<EVP_MD_CTX> context(EVP_MD_CTX_new());
    return context &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                            message.size()) == 1;
  }
  std::string der;
  if (kind_ == Kind::p256) {
    der = to_der(signature);
    if (der.empty()) return false;
    signature = der;
  }
  const auto digest = digest_of(message);
  return EVP_PKEY_verify(context_of(id_, key_.get(), kind_), bytes_of(signature), signature.size(),
                         digest.bytes.data(), digest.size) == 1;
}

}  // namespace plinth::security

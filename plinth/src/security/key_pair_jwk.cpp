// KeyPair from and to JSON: RFC 7518 6 for RSA and P-256, RFC 8037 for Ed25519.
#include <openssl/core_names.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "security/base64.hpp"
#include "security/evp.hpp"
#include "security/key_pair.hpp"

namespace plinth::security {

namespace {

using Kind = KeyPair::Kind;

constexpr std::size_t curve_bytes = 32;  // of P-256's coordinates and Ed25519's keys

[[noreturn]] void refuse_jwk(const std::string& reason) { throw std::invalid_argument(reason); }
[[noreturn]] void fail_reading() { throw std::runtime_error("OpenSSL cannot read a key"); }

// Texts of private keys, wiped when done.
struct Octets {
  std::string bytes;
  explicit Octets(std::string text = {}) : bytes(std::move(text)) {}
  Octets(const Octets&) = delete;
  Octets& operator=(const Octets&) = delete;
  Octets(Octets&&) = default;
  Octets& operator=(Octets&&) = default;
  ~Octets() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  const unsigned char* data() const { return reinterpret_cast<const unsigned char*>(bytes.data()); }
};

Octets octets(const Json& jwk, std::string_view name, std::size_t size = 0) {
  const auto* member = jwk.find(name);
  Octets found;
  const bool read = member && member->is_string() && !member->str().empty() &&
                    decode_base64url(member->str(), found.bytes);
  if (!read) refuse_jwk("a JWK's \"" + std::string(name) + "\" must be base64url without padding");
  if (size != 0 && found.bytes.size() != size) {
    refuse_jwk("a JWK's \"" + std::string(name) + "\" must have " + std::to_string(size) +
               " bytes, not " + std::to_string(found.bytes.size()));
  }
  return found;
}

void expect(const Json& jwk, std::string_view name, std::string_view value) {
  const auto* member = jwk.find(name);
  if (!member || *member != Json(value)) {
    refuse_jwk("a JWK of this algorithm has \"" + std::string(name) + "\": \"" +
               std::string(value) + "\"");
  }
}

// The parameters of a key that is being read; the numbers live as long as it.
class Parameters {
 public:
  void add_number(const char* name, const Octets& value) {
    auto* number = BN_secure_new();
    numbers_.emplace_back(number);
    if (!number || !BN_bin2bn(value.data(), static_cast<int>(value.bytes.size()), number) ||
        OSSL_PARAM_BLD_push_BN(builder_.get(), name, number) != 1) {
      fail_reading();
    }
  }
  void add_text(const char* name, const char* value) {
    if (OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, value, 0) != 1) fail_reading();
  }
  void add_octets(const char* name, const std::string& value) {
    if (OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, value.data(), value.size()) != 1) {
      fail_reading();
    }
  }
  Evp<EVP_PKEY> key(const char* type, bool is_private) {
    const Evp<OSSL_PARAM> all(OSSL_PARAM_BLD_to_param(builder_.get()));
    const Evp<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* made = nullptr;
    const int selection = is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (!all || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, selection, all.get()) != 1) {
      refuse_jwk("the numbers of a JWK make no key");
    }
    return Evp<EVP_PKEY>(made);
  }

 private:
  Evp<OSSL_PARAM_BLD> builder_{OSSL_PARAM_BLD_new()};
  std::vector<Evp<BIGNUM>> numbers_;
};

struct Name {
  const char* jwk;
  const char* openssl;
};
constexpr std::array<Name, 2> rsa_public{
    {{"n", OSSL_PKEY_PARAM_RSA_N}, {"e", OSSL_PKEY_PARAM_RSA_E}}};
constexpr std::array<Name, 6> rsa_private{{{"d", OSSL_PKEY_PARAM_RSA_D},
                                           {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                           {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                           {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                           {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                           {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}}};

Evp<EVP_PKEY> read_rsa(const Json& jwk, bool is_private) {
  expect(jwk, "kty", "RSA");
  Parameters parameters;
  for (const auto& name : rsa_public) parameters.add_number(name.openssl, octets(jwk, name.jwk));
  if (is_private) {
    for (const auto& name : rsa_private) parameters.add_number(name.openssl, octets(jwk, name.jwk));
  }
  return parameters.key("RSA", is_private);
}

Evp<EVP_PKEY> read_p256(const Json& jwk, bool is_private) {
  expect(jwk, "kty", "EC");
  expect(jwk, "crv", "P-256");
  const auto x = octets(jwk, "x", curve_bytes);
  const auto y = octets(jwk, "y", curve_bytes);
  Parameters parameters;
  parameters.add_text(OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1");
  // SEC 1's uncompressed form; OpenSSL refuses a point off the curve.
  const std::string point = '\x04' + x.bytes + y.bytes;
  parameters.add_octets(OSSL_PKEY_PARAM_PUB_KEY, point);
  if (is_private) parameters.add_number(OSSL_PKEY_PARAM_PRIV_KEY, octets(jwk, "d", curve_bytes));
  return parameters.key("EC", is_private);
}

Evp<EVP_PKEY> read_ed25519(const Json& jwk, bool is_private) {
  expect(jwk, "kty", "OKP");
  expect(jwk, "crv", "Ed25519");
  const auto x = octets(jwk, "x", curve_bytes);
  if (!is_private) {
    return Evp<EVP_PKEY>(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x.data(), curve_bytes));
  }
  const auto d = octets(jwk, "d", curve_bytes);
  Evp<EVP_PKEY> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, d.data(), curve_bytes));
  std::string own(curve_bytes, '\0');
  std::size_t size = own.size();
  // The public half is computed of the private one, so the JWK's own must be looked at here.
  if (key && (EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(own.data()),
                                          &size) != 1 ||
              own != x.bytes)) {
    refuse_jwk("the private and the public half of a key do not belong together");
  }
  return key;
}

// The number of that name in base64url; of `size` bytes, or as many as it has.
std::string number_of(const EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* read = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &read) != 1) fail_reading();
  const Evp<BIGNUM> number(read);
  const int bytes = size != 0 ? size : BN_num_bytes(number.get());
  Octets text(std::string(static_cast<std::size_t>(bytes), '\0'));
  if (BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(text.bytes.data()), bytes) < 0) {
    fail_reading();
  }
  return encode_base64url(text.bytes);
}

std::string raw_key(const EVP_PKEY* key, decltype(&EVP_PKEY_get_raw_public_key) read) {
  Octets raw(std::string(curve_bytes, '\0'));
  std::size_t size = raw.bytes.size();
  if (read(key, reinterpret_cast<unsigned char*>(raw.bytes.data()), &size) != 1) fail_reading();
  return encode_base64url(raw.bytes);
}

}  // namespace

KeyPair KeyPair::from_jwk(const Json& jwk, std::string_view algorithm) {
  const ErrorsCleared cleared;
  const bool is_private = jwk.contains("d");
  const auto kind = algorithm == "RS256"   ? Kind::rsa
                    : algorithm == "ES256" ? Kind::p256
                                           : Kind::ed25519;
  auto key = kind == Kind::rsa    ? read_rsa(jwk, is_private)
             : kind == Kind::p256 ? read_p256(jwk, is_private)
                                  : read_ed25519(jwk, is_private);
  if (!key) refuse_jwk("the numbers of a JWK make no key");
  return KeyPair(kind, {key.release(), EvpFree()}, is_private);
}

Json KeyPair::jwk(bool with_private) const {
  const auto* key = key_.get();
  const bool all = with_private && private_;
  constexpr auto size = static_cast<int>(curve_bytes);
  Json jwk;
  switch (kind_) {
    case Kind::rsa:
      jwk = Json::object({{"kty", "RSA"}});
      for (const auto& name : rsa_public) jwk[name.jwk] = number_of(key, name.openssl);
      if (!all) break;
      for (const auto& name : rsa_private) jwk[name.jwk] = number_of(key, name.openssl);
      break;
    case Kind::p256:
      jwk = Json::object({{"kty", "EC"},
                          {"crv", "P-256"},
                          {"x", number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, size)},
                          {"y", number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, size)}});
      if (all) jwk["d"] = number_of(key, OSSL_PKEY_PARAM_PRIV_KEY, size);
      break;
    case Kind::ed25519:
      jwk = Json::object(
          {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", raw_key(key, &EVP_PKEY_get_raw_public_key)}});
      if (all) jwk["d"] = raw_key(key, &EVP_PKEY_get_raw_private_key);
      break;
  }
  return jwk;
}

}  // namespace plinth::security

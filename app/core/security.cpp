#include "app/core/security.hpp"

#include "plinth/jwk.hpp"
#include "plinth/secrets.hpp"

namespace app {

namespace {

constexpr std::size_t jti_characters_max = 64;  // what revoked_tokens takes

// A text of the claims: "" when it is not there, empty when it is none.
std::optional<std::string> text_of(const Json& claims, std::string_view name) {
  const auto* found = claims.find(name);
  if (!found) return "";
  if (!found->is_string()) return std::nullopt;
  return found->str();
}

Seconds moment_of(const Json& claims, std::string_view name) {
  return {static_cast<std::int64_t>(claims[name].number())};  // decode_jwt has checked its range
}

}  // namespace

Seconds access_lifetime(const Settings& settings) {
  return {*settings.access_token_expire_minutes * 60};
}

KeyRing make_key_ring(const Settings& settings) {
  const auto secret = SigningKey{.secret = settings.secret_key->get_secret_value(),
                                 .algorithm = settings.jwt_alg->str()};
  const auto file = settings.jwt_keys_file.value_or("");
  return file.empty() ? KeyRing(secret) : watched_key_ring(secret, file);
}

JwtOptions jwt_options(const Settings& settings) {
  return {.leeway = Seconds{*settings.jwt_leeway_seconds},
          .audience = *settings.jwt_audience,
          .issuer = *settings.jwt_issuer};
}

std::string create_access_token(const Settings& settings, const KeyRing& keys,
                                const AccessClaims& claims) {
  const auto now = unix_now().count;
  auto made = Json::object({{"sub", claims.sub},
                            {"exp", now + access_lifetime(settings).count},
                            {"iat", now},
                            {"jti", Uuid::random().str()}});
  if (!settings.jwt_issuer->empty()) made["iss"] = *settings.jwt_issuer;
  if (!settings.jwt_audience->empty()) made["aud"] = *settings.jwt_audience;
  if (claims.scope) made["scope"] = *claims.scope;
  if (!claims.sid.empty()) made["sid"] = claims.sid;
  if (claims.epoch) made["epoch"] = *claims.epoch;
  return encode_jwt(made, keys);
}

std::optional<AccessClaims> read_access_token(std::string_view token, const Settings& settings,
                                              const KeyRing& keys) {
  const auto claims = decode_jwt(token, keys, jwt_options(settings));
  if (!claims) return std::nullopt;
  auto sub = text_of(*claims, "sub");
  auto scope = text_of(*claims, "scope");
  auto sid = text_of(*claims, "sid");
  auto jti = text_of(*claims, "jti");
  if (!sub || sub->empty() || !scope || !sid || !jti) return std::nullopt;

  AccessClaims read{.sub = std::move(*sub), .sid = std::move(*sid), .jti = std::move(*jti)};
  if (claims->contains("scope")) read.scope = std::move(*scope);
  if (const auto* epoch = claims->find("epoch")) {
    if (epoch->kind() != Json::Kind::integer) return std::nullopt;
    read.epoch = epoch->integer();
  }
  if (read.jti.empty() || read.jti.size() > jti_characters_max) read.jti = sha256_hex(token);
  read.exp = moment_of(*claims, "exp");
  read.iat = claims->contains("iat") ? moment_of(*claims, "iat")
                                     : Seconds{read.exp.count - access_lifetime(settings).count};
  return read;
}

}  // namespace app

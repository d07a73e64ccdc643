// Passwords, signed access tokens and security schemes.
// Stands for passlib's CryptContext(["bcrypt", "argon2"]), python-jose's jwt.encode and jwt.decode,
// and fastapi.security. Example: plinth/examples/07_tokens.cpp
//
//   using BearerToken = OAuth2PasswordBearer<"/api/v1/auth/login">;
//
//   auto hash = co_await hash_password("analytical");
//   auto keys = KeyRing("a secret of at least 32 bytes ......", "HS256");
//   auto exp = unix_now().count + 3600;
//   auto token = encode_jwt(Json::object({{"sub", "ada@example.com"}, {"exp", exp}}), keys);
//   auto email = subject_of(token, keys);  // "ada@example.com"
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/datetime.hpp"
#include "plinth/detail/security_scheme.hpp"
#include "plinth/json.hpp"
#include "plinth/schema.hpp"
#include "plinth/task.hpp"

namespace plinth {

// ---- Passwords ----

enum class PasswordScheme : std::uint8_t { bcrypt, argon2id };

/// How new hashes are made. Verifying takes every scheme, whatever stands here.
struct PasswordOptions {
  PasswordScheme scheme = PasswordScheme::bcrypt;
  int rounds = 12;  // bcrypt's cost, 4 to 16: 2^rounds key set-ups, 0.26 s at 12
  // Argon2id's m and t (p is 1), OWASP's first choice: 25 ms. 8 KiB to 256 MiB, 1 to 16 passes, at
  // most 1 GiB in all passes.
  int memory_kib = 19 * 1024;
  int iterations = 2;
};

/// A password that the scheme cannot take whole; what() says why and never holds the password.
struct PasswordError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Why a new password cannot be hashed whole, in words of a 422; empty text when it can. bcrypt
/// takes 72 bytes of UTF-8, Argon2id 4096; none a NUL, so that hashes may change their scheme.
std::string password_limits(const std::string& password, const PasswordOptions& options = {});

/// The same for bcrypt. As a rule of a schema it makes the answer a 422:
/// `Str<min_length(8), check<bcrypt_limits>> password`.
std::string bcrypt_limits(const std::string& password);

/// "$2b$12$" and 53 more characters, or "$argon2id$v=19$m=19456,t=2,p=1$" and 66 more, as passlib
/// and argon2-cffi write them. The password counts byte by byte, as it came: no Unicode
/// normalisation, no stripping. Passwords are hashed on threads of their own, at most half as many
/// as there are cores, below the event loops in priority.
///
/// throws   PasswordError for what password_limits refuses; HttpError 503 with Retry-After when too
///          many wait
Task<std::string> hash_password(std::string password, PasswordOptions options = {});

/// Whether `hash` was made of `password`: bcrypt ($2a$, $2b$, $2y$), Argon2id or Argon2i of version
/// 19, with any parallelism.
///
/// password  with bcrypt the first 72 bytes count, as they did when passlib made the hash; with a
///           NUL it matches nothing
/// hash      empty for an unknown user: false, after as much work as for a hash by `options`. So is
///           what is no such hash or costs too much: bcrypt above 16, Argon2 above 256 MiB, 16
///           passes, 16 lanes or 1 GiB in all passes
/// throws    HttpError 503 with Retry-After when too many wait
Task<bool> verify_password(std::string password, std::optional<std::string> hash,
                           PasswordOptions options = {});

/// Whether a stored hash is of another scheme than `options` say, or costs less.
bool needs_rehash(std::string_view hash, const PasswordOptions& options);

struct VerifiedPassword {
  bool verified;
  std::optional<std::string> new_hash = {};  // to be stored in place of the old one
};

/// verify_password, and a new hash when that verified and needs_rehash. Stands for passlib's
/// verify_and_update. A password that the new scheme would cut keeps its old hash.
///
/// Store it by `UPDATE … WHERE hashed_password = <the old one>`: the user may have changed the
/// password meanwhile.
Task<VerifiedPassword> verify_and_update_password(std::string password,
                                                  std::optional<std::string> hash,
                                                  PasswordOptions options = {});

// ---- Tokens ----

/// A key that signs tokens, or only verifies them.
struct SigningKey {
  // HS256, HS384, HS512: any bytes, as long as the hash (RFC 7518 3.2), 32 for HS256. RS256, ES256,
  // EdDSA: the private key in PEM; of a retired one the public key will do.
  std::string secret;
  std::string algorithm = "HS256";  // a token must name exactly this
  std::string kid = {};             // its name in the token's header; "" for none
};

namespace detail {
struct JwtKeys;
struct KeySource;
}  // namespace detail

/// The key that signs and those that still verify. Cheap to copy; from any thread, without a lock.
///
/// A token is tried against the key that its `kid` names, or those without a name if it has none.
/// A ring without names does not look at `kid`. Keys as JSON and in files: plinth/jwk.hpp.
///
/// throws   std::invalid_argument: another algorithm, an empty secret, a public key as secret, RSA
///          under 2048 bits, a public key that should sign, one kid twice
class KeyRing {
 public:
  explicit KeyRing(SigningKey signing, std::vector<SigningKey> retired = {});
  explicit KeyRing(std::string_view secret, std::string_view algorithm = "HS256");
  explicit KeyRing(std::shared_ptr<detail::KeySource> source) : source_(std::move(source)) {}

  /// From now on this ring and its copies have the keys of `other`.
  void replace(const KeyRing& other);

  const std::shared_ptr<detail::KeySource>& source() const { return source_; }

 private:
  std::shared_ptr<detail::KeySource> source_;
};

struct JwtOptions {
  std::optional<Seconds> now = std::nullopt;  // default: unix_now()
  Seconds leeway = {0};            // allowed clock difference; with 0, exp == now is expired
  std::string_view audience = {};  // must be among `aud`; "" refuses a token that has one
  std::string_view issuer = {};    // must equal `iss`; "" takes any
  // Must equal `typ`, letter case and "application/" aside (RFC 8725 3.11), so that a token made
  // for one use is none for another; "" takes "JWT", "at+jwt" or none.
  std::string_view type = {};
};

struct JwtHeader {
  std::string_view type = "JWT";  // `typ`
};

/// Why a token is no good. For logs: a client is told "Invalid token" whatever it is.
enum class JwtError : std::uint8_t {
  malformed,  // not three canonical base64url parts of JSON objects with unique keys, or over 8 KiB
  algorithm,  // another alg than the key's, an unknown kid, crit, another typ
  signature,  // signed by another key
  claims,     // exp, nbf, iat, iss, aud, sub or jti of the wrong type, exp missing
  expired,    // exp is now or before
  immature,   // nbf or iat is in the future
  audience,   // aud or iss is not ours
};
std::string_view to_string(JwtError error);

/// The compact form: header {"alg":"HS256","typ":"JWT"} as python-jose writes it, claims in the
/// given order. Takes 1 us by HMAC, 20 to 50 by ES256 and EdDSA, 0.5 ms and more by RS256.
std::string encode_jwt(const Json& claims, const KeyRing& keys, const JwtHeader& header = {});

/// The claims of a valid token; empty otherwise, the reason in `why` if given.
///
/// token    compact JWT, three base64url parts joined by '.', no padding, at most 8 KiB
/// cost     0.6 us for a seed's token: no lock; an HMAC is compared in constant time. RS256 takes
///          25 us more, ES256 and EdDSA 100
/// Source: RFC 7515, 7519, 8725; stricter than python-jose 3.5 where docs/deviations.md says so
std::optional<Json> decode_jwt(std::string_view token, const KeyRing& keys,
                               const JwtOptions& options = {}, JwtError* why = nullptr);

/// The subject of a valid token: a text that is not empty and has no NUL; empty otherwise.
std::optional<std::string> subject_of(std::string_view token, const KeyRing& keys,
                                      const JwtOptions& options = {});

// ---- Security schemes: parameters of handlers and dependencies ----
//
// Without usable credentials the request ends with 401 {"detail":"Not authenticated"} and
// WWW-Authenticate; std::optional<Scheme> takes it as empty instead (FastAPI's auto_error=False).
// Two Authorization fields are none.

/// In the angle brackets of a scheme, beside description("…").
template <std::size_t N>
struct scheme_name : detail::TextRule<N> {
  using detail::TextRule<N>::TextRule;
  constexpr void describe(detail::SchemeText& row) const { row.scheme_name = this->text.view(); }
};
template <std::size_t N>
scheme_name(const char (&)[N]) -> scheme_name<N>;

template <std::size_t N>
struct refresh_url : detail::TextRule<N> {
  using detail::TextRule<N>::TextRule;
  constexpr void describe(detail::SchemeText& row) const { row.refresh_url = this->text.view(); }
};
template <std::size_t N>
refresh_url(const char (&)[N]) -> refresh_url<N>;

template <std::size_t N>
struct realm : detail::TextRule<N> {
  using detail::TextRule<N>::TextRule;
  constexpr void describe(detail::SchemeText& row) const { row.realm = this->text.view(); }
};
template <std::size_t N>
realm(const char (&)[N]) -> realm<N>;

template <std::size_t N>
struct bearer_format : detail::TextRule<N> {
  using detail::TextRule<N>::TextRule;
  constexpr void describe(detail::SchemeText& row) const { row.bearer_format = this->text.view(); }
};
template <std::size_t N>
bearer_format(const char (&)[N]) -> bearer_format<N>;

/// A scope and what it allows: `scope("items", "Read items")`.
template <std::size_t N, std::size_t M>
struct scope {
  detail::FixedString<N> name;
  detail::FixedString<M> text;
  consteval scope(const char (&scope_name)[N], const char (&what)[M])
      : name(scope_name), text(what) {}
  constexpr void describe(detail::SchemeText&) const {}
};

/// The scopes that Security<…> asked for, from the outermost dependency in.
struct SecurityScopes {
  std::vector<std::string> scopes;
  std::string scope_str() const;  // joined by spaces
};

struct HTTPAuthorizationCredentials {
  std::string scheme;  // as sent: "bearer"
  std::string credentials;
};

struct HTTPBasicCredentials {
  std::string username;
  std::string password;
};

namespace detail {

template <std::size_t N, std::size_t M>
inline constexpr std::size_t scope_count<scope<N, M>> = 1;

enum class ApiKeyPlace : std::uint8_t { header, query, cookie };

std::vector<std::string> split_scopes(const std::string& scope);

std::string oauth2_json(std::string_view flow, std::string_view authorization_url,
                        std::string_view token_url, const SchemeText& text);
std::string http_json(std::string_view scheme, const SchemeText& text);
std::string api_key_json(ApiKeyPlace place, std::string_view name, const SchemeText& text);
std::string open_id_json(std::string_view url, const SchemeText& text);

bool read_oauth2(const Request& request, std::string& token);
bool read_authorization(const Request& request, std::string_view scheme,
                        HTTPAuthorizationCredentials& sent);
bool read_basic(const Request& request, HTTPBasicCredentials& sent);
bool read_raw_authorization(const Request& request, std::string& value);
bool read_api_key(const Request& request, ApiKeyPlace place, std::string_view name,
                  std::string& key);

template <ApiKeyPlace Place, FixedString Name, auto... Options>
struct ApiKey : Credential<std::string> {
  static constexpr SchemeText text = SchemeOptions<Options...>::text;
  static constexpr std::string_view challenge = "APIKey";
  static std::string openapi_json() { return api_key_json(Place, Name.view(), text); }
  static bool read(const Request& request, std::string& key) {
    return read_api_key(request, Place, Name.view(), key);
  }
};

}  // namespace detail

/// `Authorization: Bearer <token>`, got from a token endpoint by name and password. `*token` is the
/// token; it is empty when only "Bearer" was sent.
template <detail::FixedString TokenUrl, auto... Options>
struct OAuth2PasswordBearer : detail::Credential<std::string> {
  static constexpr std::string_view own_name = "OAuth2PasswordBearer";
  static constexpr detail::SchemeText text = detail::SchemeOptions<Options...>::text;
  static constexpr std::string_view challenge = "Bearer";
  static std::string openapi_json() {
    return detail::oauth2_json("password", {}, TokenUrl.view(), text);
  }
  static bool read(const Request& request, std::string& token) {
    return detail::read_oauth2(request, token);
  }
};

template <detail::FixedString AuthorizationUrl, detail::FixedString TokenUrl, auto... Options>
struct OAuth2AuthorizationCodeBearer : detail::Credential<std::string> {
  static constexpr std::string_view own_name = "OAuth2AuthorizationCodeBearer";
  static constexpr detail::SchemeText text = detail::SchemeOptions<Options...>::text;
  static constexpr std::string_view challenge = "Bearer";
  static std::string openapi_json() {
    return detail::oauth2_json("authorizationCode", AuthorizationUrl.view(), TokenUrl.view(), text);
  }
  static bool read(const Request& request, std::string& token) {
    return detail::read_oauth2(request, token);
  }
};

/// `Authorization: Bearer <credentials>`; `bearer->credentials` is never empty.
template <auto... Options>
struct HTTPBearer : detail::Credential<HTTPAuthorizationCredentials> {
  static constexpr std::string_view own_name = "HTTPBearer";
  static constexpr detail::SchemeText text = detail::SchemeOptions<Options...>::text;
  static constexpr std::string_view challenge = "Bearer";
  static std::string openapi_json() { return detail::http_json("bearer", text); }
  static bool read(const Request& request, HTTPAuthorizationCredentials& sent) {
    return detail::read_authorization(request, "bearer", sent);
  }
};

/// `Authorization: Digest <credentials>`; checking them is the application's.
template <auto... Options>
struct HTTPDigest : detail::Credential<HTTPAuthorizationCredentials> {
  static constexpr std::string_view own_name = "HTTPDigest";
  static constexpr detail::SchemeText text = detail::SchemeOptions<Options...>::text;
  static constexpr std::string_view challenge = "Digest";
  static std::string openapi_json() { return detail::http_json("digest", text); }
  static bool read(const Request& request, HTTPAuthorizationCredentials& sent) {
    return detail::read_authorization(request, "digest", sent);
  }
};

namespace detail {
// Basic realm="…", or Basic alone.
template <auto... Options>
struct BasicChallenge {
  static constexpr std::string_view realm = SchemeOptions<Options...>::text.realm;
  static constexpr auto chars = [] {
    std::array<char, realm.size() + 14> joined{};
    auto end = std::ranges::copy(std::string_view("Basic realm=\""), joined.begin()).out;
    end = std::ranges::copy(realm, end).out;
    *end = '"';
    return joined;
  }();
  static constexpr std::string_view text{chars.data(), realm.empty() ? 5 : chars.size()};
};
}  // namespace detail

/// `Authorization: Basic <base64 of name:password>`; base64 and UTF-8 must be right.
template <auto... Options>
struct HTTPBasic : detail::Credential<HTTPBasicCredentials> {
  static constexpr std::string_view own_name = "HTTPBasic";
  static constexpr detail::SchemeText text = detail::SchemeOptions<Options...>::text;
  static constexpr std::string_view challenge = detail::BasicChallenge<Options...>::text;
  static std::string openapi_json() { return detail::http_json("basic", text); }
  static bool read(const Request& request, HTTPBasicCredentials& sent) {
    return detail::read_basic(request, sent);
  }
};

/// The whole Authorization field, for a scheme that OpenID Connect discovery describes.
template <detail::FixedString OpenIdConnectUrl, auto... Options>
struct OpenIdConnect : detail::Credential<std::string> {
  static constexpr std::string_view own_name = "OpenIdConnect";
  static constexpr detail::SchemeText text = detail::SchemeOptions<Options...>::text;
  static constexpr std::string_view challenge = "Bearer";
  static std::string openapi_json() { return detail::open_id_json(OpenIdConnectUrl.view(), text); }
  static bool read(const Request& request, std::string& value) {
    return detail::read_raw_authorization(request, value);
  }
};

/// A key in a header ("X-Key", any letter case), a query parameter or a cookie; never empty.
template <detail::FixedString Name, auto... Options>
struct APIKeyHeader : detail::ApiKey<detail::ApiKeyPlace::header, Name, Options...> {
  static constexpr std::string_view own_name = "APIKeyHeader";
};
template <detail::FixedString Name, auto... Options>
struct APIKeyQuery : detail::ApiKey<detail::ApiKeyPlace::query, Name, Options...> {
  static constexpr std::string_view own_name = "APIKeyQuery";
};
template <detail::FixedString Name, auto... Options>
struct APIKeyCookie : detail::ApiKey<detail::ApiKeyPlace::cookie, Name, Options...> {
  static constexpr std::string_view own_name = "APIKeyCookie";
};

/// The form that OAuth2 clients send to a token endpoint (RFC 6749 4.3.2), the Authorize button of
/// /docs too: `FormModel<OAuth2PasswordRequestForm> form`.
struct OAuth2PasswordRequestForm {
  std::optional<Str<pattern("^password$")>> grant_type;
  std::string username;
  Str<format("password"), sensitive> password;
  Str<defaults_to("")> scope;  // separated by spaces
  std::optional<std::string> client_id;
  Field<std::optional<std::string>, format("password"), sensitive> client_secret;

  std::vector<std::string> scopes() const { return detail::split_scopes(*scope); }
};

/// The same for those who insist on grant_type.
struct OAuth2PasswordRequestFormStrict {
  Str<pattern("^password$")> grant_type;
  std::string username;
  Str<sensitive> password;
  Str<defaults_to("")> scope;
  std::optional<std::string> client_id;
  Field<std::optional<std::string>, sensitive> client_secret;

  std::vector<std::string> scopes() const { return detail::split_scopes(*scope); }
};

}  // namespace plinth

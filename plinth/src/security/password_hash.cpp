#include "security/password_hash.hpp"

#include "security/argon2.hpp"
#include "security/bcrypt.hpp"

namespace plinth {

namespace {

security::Argon2Cost cost_of(const PasswordOptions& options) {
  return {.memory_kib = static_cast<std::uint32_t>(options.memory_kib),
          .iterations = static_cast<std::uint32_t>(options.iterations)};
}

}  // namespace

namespace security {

std::string make_password_hash(const std::string& password, const PasswordOptions& options) {
  return options.scheme == PasswordScheme::argon2id ? argon2_hash(password, cost_of(options))
                                                    : bcrypt_hash(password, options.rounds);
}

bool is_usable_hash(std::string_view hash) {
  return bcrypt_rounds(hash).has_value() || argon2_cost(hash).has_value();
}

bool verify_password_hash(const std::string& password, const std::optional<std::string>& hash,
                          const PasswordOptions& options) {
  if (hash && argon2_cost(*hash)) return argon2_verify(password, *hash);
  if (hash && bcrypt_rounds(*hash)) return bcrypt_verify(password, hash, options.rounds);
  // Nobody's: what counts is the time it takes.
  if (options.scheme == PasswordScheme::argon2id) {
    argon2_hash(password, cost_of(options));
    return false;
  }
  return bcrypt_verify(password, std::nullopt, options.rounds);
}

}  // namespace security

bool needs_rehash(std::string_view hash, const PasswordOptions& options) {
  if (options.scheme == PasswordScheme::bcrypt) {
    const auto rounds = security::bcrypt_rounds(hash);
    return !rounds || *rounds < options.rounds;
  }
  const auto cost = security::argon2_cost(hash);
  const auto wanted = cost_of(options);
  return !cost || !hash.starts_with("$argon2id$") || cost->memory_kib < wanted.memory_kib ||
         cost->iterations < wanted.iterations;
}

}  // namespace plinth

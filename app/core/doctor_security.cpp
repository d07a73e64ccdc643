// What `app doctor` says of secrets, keys and passwords.
#include "app/core/doctor_security.hpp"

#include <set>
#include <stdexcept>
#include <string>

#include "app/core/passwords.hpp"
#include "plinth/jwk.hpp"

namespace app {

namespace {

using Level = Finding::Level;

// RFC 7518 3.2: a key for HMAC is as long as its hash.
std::size_t secret_bytes_min(const Settings& settings) {
  const auto& algorithm = settings.jwt_alg->str();
  return algorithm == "HS512" ? 64 : algorithm == "HS384" ? 48 : 32;
}

Finding examine_secret_key(const Settings& settings) {
  const std::string& key = settings.secret_key->get_secret_value();
  constexpr auto subject = "SECRET_KEY";
  const auto bytes = secret_bytes_min(settings);
  const auto fix = "make one with: openssl rand -hex " + std::to_string(bytes);
  if (key == "change-me") {
    return {Level::warning, subject, "is the default, which anybody knows", fix};
  }
  if (key.size() < bytes) {
    return {Level::warning, subject, "is shorter than " + std::to_string(bytes) + " bytes", fix};
  }
  if (std::set<char>(key.begin(), key.end()).size() < 8) {
    return {Level::warning, subject, "has few different characters: it can be guessed", fix};
  }
  return {Level::ok, subject, "is your own, and long enough"};
}

Finding examine_keys(const Settings& settings) {
  constexpr auto subject = "JWT_KEYS_FILE";
  const auto file = settings.jwt_keys_file.value_or("");
  if (file.empty()) return {Level::ok, subject, "is not set: SECRET_KEY signs all tokens"};
  try {
    const auto set = read_key_file(file);
    const auto signer = set.signing.empty() ? "SECRET_KEY" : "\"" + set.signing + "\"";
    return {Level::ok, subject,
            "keys: " + std::to_string(set.keys.size()) + "; " + signer + " signs"};
  } catch (const std::runtime_error& error) {
    return {Level::problem, subject, error.what()};
  }
}

Finding examine_password_hash(const Settings& settings) {
  constexpr auto subject = "PASSWORD_HASH";
  if (*settings.password_hash == "argon2id") {
    return {Level::ok, subject, "is argon2id: logins renew older hashes"};
  }
  return {Level::ok, subject,
          "is bcrypt; argon2id is better once no Python service reads these users"};
}

Finding examine_password_list(const Settings& settings) {
  constexpr auto subject = "PASSWORD_DENY_LIST";
  const auto file = settings.password_deny_list.value_or("");
  if (file.empty()) {
    return {Level::warning, subject, "is not set: the most common passwords may be chosen",
            "apt-get install john-data; PASSWORD_DENY_LIST=/usr/share/john/password.lst"};
  }
  try {
    const PasswordList list(file);
    return {Level::ok, subject, "has " + std::to_string(list.size()) + " passwords"};
  } catch (const std::runtime_error& error) {
    return {Level::problem, subject, error.what()};
  }
}

}  // namespace

std::vector<Finding> examine_security(const Settings& settings) {
  return {examine_secret_key(settings), examine_keys(settings), examine_password_hash(settings),
          examine_password_list(settings)};
}

}  // namespace app

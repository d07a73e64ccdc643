#include "security/bcrypt.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <memory>

namespace plinth::security {

namespace {

constexpr std::size_t salt_end =
    29;  // "$2b$12$" and 22 characters of salt; 31 of the digest follow

// 32 KiB that hold the key schedule; wiped when done.
struct Workspace {
  crypt_data data{};
  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() { OPENSSL_cleanse(&data, sizeof data); }
};

bool is_bcrypt_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '/';
}

// The hash of `password` by the version, cost and salt of `setting`; empty on failure.
std::string run(const std::string& password, const std::string& setting) {
  auto workspace = std::make_unique<Workspace>();
  const char* made = crypt_r(password.c_str(), setting.c_str(), &workspace->data);
  if (made == nullptr || made[0] == '*') return {};
  return made;
}

// Of any password and salt: only its time counts.
void spend(const std::string& password, int rounds) {
  std::string setting = "$2b$00$abcdefghijklmnopqrstuu";
  setting[4] = static_cast<char>('0' + rounds / 10);
  setting[5] = static_cast<char>('0' + rounds % 10);
  run(password, setting);
}

}  // namespace

std::optional<int> bcrypt_rounds(std::string_view hash) {
  bool framed =
      hash.size() == bcrypt_hash_size &&
      (hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$")) &&
      hash[4] >= '0' && hash[4] <= '9' && hash[5] >= '0' && hash[5] <= '9' && hash[6] == '$';
  if (!framed || !std::ranges::all_of(hash.substr(7), is_bcrypt_digit)) return std::nullopt;
  int rounds = (hash[4] - '0') * 10 + (hash[5] - '0');
  if (rounds < bcrypt_rounds_min || rounds > bcrypt_rounds_max) return std::nullopt;
  return rounds;
}

std::string bcrypt_hash(const std::string& password, int rounds) {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  if (!crypt_gensalt_rn("$2b$", static_cast<unsigned long>(rounds), nullptr, 0, setting.data(),
                        static_cast<int>(setting.size()))) {
    return {};
  }
  return run(password, setting.data());
}

bool bcrypt_verify(const std::string& password, const std::optional<std::string>& hash,
                   int rounds) {
  // bcrypt hashes at most 72 bytes; libxcrypt refuses texts of 512 and more, so they are cut here.
  auto significant = password.substr(0, bcrypt_password_bytes_max);
  bool usable = hash && bcrypt_rounds(*hash) && password.find('\0') == std::string::npos;
  bool same = false;
  if (usable) {
    // The salt is an input and may have been written with stray bits in its last character, as old
    // versions of passlib did; the digests are what must agree.
    auto made = run(significant, *hash);
    same = made.size() == bcrypt_hash_size &&
           CRYPTO_memcmp(made.data() + salt_end, hash->data() + salt_end,
                         bcrypt_hash_size - salt_end) == 0;
  } else {
    spend(significant, rounds);
  }
  return same;
}

}  // namespace plinth::security

#include "security/bcrypt.hpp"

#include <crypt.h>
#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <random>

using namespace plinth::security;
using namespace std::literals;

namespace {

const auto any_hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"s;  // "U*U"

}  // namespace

TEST_CASE("the published test vectors verify") {
  // Openwall's crypt_blowfish, wrapper.c.
  CHECK(bcrypt_verify("U*U", any_hash, 4));
  CHECK(bcrypt_verify("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", 4));
  CHECK(bcrypt_verify("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", 4));
  CHECK(bcrypt_verify("\xff\xff\xa3",
                      "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", 4));
  CHECK_FALSE(bcrypt_verify("U*u", any_hash, 4));
  CHECK_FALSE(bcrypt_verify("", any_hash, 4));
}

TEST_CASE("a hash has 60 characters, version 2b, the cost and a salt of its own") {
  auto first = bcrypt_hash("analytical", 4);
  auto second = bcrypt_hash("analytical", 4);
  CHECK(first.size() == 60);
  CHECK(first.starts_with("$2b$04$"));
  CHECK(first != second);
  CHECK(bcrypt_verify("analytical", first, 4));
  CHECK(bcrypt_verify("analytical", second, 4));
}

TEST_CASE("2a, 2b and 2y name the same hash of UTF-8 text") {
  auto hash = bcrypt_hash("zoë 😀", 4);
  for (char version : {'a', 'b', 'y'}) {
    hash[2] = version;
    CHECK(bcrypt_verify("zoë 😀", hash, 4));
  }
}

TEST_CASE("passwords of any bytes verify, and nothing else does") {
  std::mt19937 random(2);
  for (std::size_t size : {0UL, 1UL, 7UL, 8UL, 31UL, 64UL, 71UL, 72UL}) {
    std::string password(size, '\0');
    for (char& byte : password) byte = static_cast<char>(1 + random() % 255);
    auto hash = bcrypt_hash(password, 4);
    CAPTURE(size);
    CHECK(bcrypt_verify(password, hash, 4));
    auto other = password + "x";
    CHECK(bcrypt_verify(other, hash, 4) == (size == 72));
    if (size == 0) continue;
    other = password;
    other.back() = static_cast<char>(other.back() ^ 0x40);
    if (other.back() != '\0') CHECK_FALSE(bcrypt_verify(other, hash, 4));
  }
}

TEST_CASE("hashes agree with libxcrypt called by hand") {
  auto data = std::make_unique<crypt_data>();
  std::mt19937 random(3);
  for (int i = 0; i < 20; ++i) {
    std::string password(1 + random() % 72, '\0');
    for (char& byte : password) byte = static_cast<char>(1 + random() % 255);
    auto hash = bcrypt_hash(password, 4);
    CHECK(crypt_r(password.c_str(), hash.c_str(), data.get()) == hash);
  }
}

TEST_CASE("of a password longer than 72 bytes the first 72 count, as when passlib hashed it") {
  auto hash = bcrypt_hash(std::string(72, 'x'), 4);
  CHECK(bcrypt_verify(std::string(72, 'x'), hash, 4));
  CHECK(bcrypt_verify(std::string(73, 'x'), hash, 4));
  CHECK(bcrypt_verify(std::string(600, 'x'), hash, 4));
  CHECK(bcrypt_verify(std::string(1'000'000, 'x'), hash, 4));
  CHECK_FALSE(bcrypt_verify(std::string(71, 'x'), hash, 4));
  // Openwall's vector for it.
  CHECK(
      bcrypt_verify("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "0123456789chars after 72 are ignored",
                    "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", 4));
}

TEST_CASE("a NUL in a password matches nothing") {
  auto hash = bcrypt_hash("a", 4);
  CHECK_FALSE(bcrypt_verify("a\0b"s, hash, 4));
  CHECK_FALSE(bcrypt_verify("\0"s, bcrypt_hash("", 4), 4));
}

TEST_CASE("a stray bit in the salt's last character does not matter") {
  auto hash = any_hash;
  hash[28] = 'B';  // '.' is 0, 'B' is 3: the low four bits are unused
  CHECK_FALSE(bcrypt_verify("U*u", hash, 4));
  CHECK(bcrypt_verify("U*U", hash, 4));
}

TEST_CASE("the cost of a hash is read only from a whole hash of a bearable cost") {
  CHECK(bcrypt_rounds(any_hash) == 5);
  auto with = [](std::size_t position, std::string_view text) {
    return std::string(any_hash).replace(position, text.size(), text);
  };
  CHECK(bcrypt_rounds(with(4, "16")) == 16);
  const std::pair<const char*, std::string> bad[] = {
      {"empty", ""},
      {"locked", "!"},
      {"cut", any_hash.substr(0, 59)},
      {"longer", any_hash + "."},
      {"version 2x", with(2, "x")},
      {"version 2", "$2$" + any_hash.substr(4) + "."},
      {"cost 3", with(4, "03")},
      {"cost 17", with(4, "17")},
      {"cost 31", with(4, "31")},
      {"cost of no digits", with(4, "-1")},
      {"cost and letter", with(4, "5a")},
      {"no dollar", with(6, ".")},
      {"foreign character", with(20, ":")},
      {"NUL", with(30, "\0"sv)},
      {"argon2", "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b1dWa"},
      {"sha512", "$6$saltsaltsaltsalt$" + std::string(86, 'x')},
  };
  for (const auto& [name, hash] : bad) {
    CAPTURE(name);
    CHECK_FALSE(bcrypt_rounds(hash).has_value());
    CHECK_FALSE(bcrypt_verify("U*U", hash, 4));
  }
}

// Hashes that passlib, bcrypt and argon2-cffi made, recorded; and how hashes change their scheme.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <string>

#include "plinth/security.hpp"
#include "security/password_hash.hpp"

using namespace plinth;
using namespace std::literals;

namespace {

constexpr PasswordOptions bcrypt_quick{.rounds = 4};
constexpr PasswordOptions argon2_quick{
    .scheme = PasswordScheme::argon2id, .rounds = 4, .memory_kib = 64, .iterations = 1};

std::string hashed(std::string password, PasswordOptions options) {
  return run(hash_password(std::move(password), options));
}

}  // namespace

TEST_CASE("each recorded hash of Python's libraries verifies, and no other password does") {
  std::ifstream recorded(PLINTH_TEST_DATA "/password_hashes.jsonl");
  REQUIRE(recorded.good());
  std::map<std::string, int> seen;
  for (std::string line; std::getline(recorded, line);) {
    const auto row = Json::parse(line);
    CAPTURE(row.dump());
    const auto& hash = row["hash"].str();
    REQUIRE(security::is_usable_hash(hash));
    CHECK(security::verify_password_hash(row["password"].str(), hash, bcrypt_quick) ==
          row["verifies"].boolean());
    ++seen[row["by"].str()];
  }
  CHECK(seen["passlib 1.7.4 bcrypt"] == 160);
  CHECK(seen["bcrypt 3.2.2"] == 60);
  CHECK(seen["argon2-cffi 21.1"] == 182);
  CHECK(seen["passlib 1.7.4 argon2"] == 41);
}

TEST_CASE("new hashes are of the scheme that the options say") {
  CHECK(hashed("analytical", bcrypt_quick).starts_with("$2b$04$"));
  CHECK(hashed("analytical", argon2_quick).starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  const PasswordOptions owasp{.scheme = PasswordScheme::argon2id};
  const auto hash = hashed("analytical", owasp);
  CHECK(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  CHECK(hash.size() <= 128);  // users.hashed_password
  CHECK(run(verify_password("analytical", hash, owasp)));
}

TEST_CASE("a password verifies against a hash of either scheme, whichever is used for new ones") {
  for (const auto& made_by : {bcrypt_quick, argon2_quick}) {
    const auto hash = hashed("analytical", made_by);
    for (const auto& present : {bcrypt_quick, argon2_quick}) {
      CHECK(run(verify_password("analytical", hash, present)));
      CHECK_FALSE(run(verify_password("numerical", hash, present)));
    }
  }
}

TEST_CASE("a new password is never cut") {
  const std::string long_one(128, 'x');
  CHECK_THROWS_AS(hashed(long_one, bcrypt_quick), PasswordError);
  const auto hash = hashed(long_one, argon2_quick);
  CHECK(run(verify_password(long_one, hash, argon2_quick)));
  CHECK_FALSE(run(verify_password(std::string(127, 'x'), hash, argon2_quick)));
  CHECK_FALSE(run(verify_password(std::string(129, 'x'), hash, argon2_quick)));
  CHECK(password_limits(std::string(4096, 'x'), argon2_quick) == "");
  CHECK(password_limits(std::string(4097, 'x'), argon2_quick) ==
        "password should have at most 4096 bytes of UTF-8, not 4097");
  CHECK(password_limits("a\0b"s, argon2_quick) == "password should not hold a NUL character");
}

TEST_CASE("a password counts as it was typed: composed, decomposed, spaced") {
  for (const auto& options : {bcrypt_quick, argon2_quick}) {
    const auto hash = hashed(" zo\xc3\xab ", options);  // ë in one code point
    CHECK(run(verify_password(" zo\xc3\xab ", hash, options)));
    CHECK_FALSE(run(verify_password(" zoe\xcc\x88 ", hash, options)));  // e and a diaeresis
    CHECK_FALSE(run(verify_password("zo\xc3\xab", hash, options)));
  }
}

TEST_CASE("a hash is made anew when its scheme or its cost is not what is wanted now") {
  const auto bcrypt_5 = "$2b$05$" + std::string(53, 'a');
  CHECK_FALSE(needs_rehash(bcrypt_5, {.rounds = 5}));
  CHECK_FALSE(needs_rehash(bcrypt_5, {.rounds = 4}));
  CHECK(needs_rehash(bcrypt_5, {.rounds = 6}));
  CHECK(needs_rehash(bcrypt_5, argon2_quick));

  const auto argon2 = [](std::string_view kind, std::string_view costs) {
    return "$" + std::string(kind) + "$v=19$" + std::string(costs) +
           "$c29tZXNhbHRzYWx0$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApz8ArZWb2GRPPc";
  };
  const PasswordOptions owasp{.scheme = PasswordScheme::argon2id};
  CHECK_FALSE(needs_rehash(argon2("argon2id", "m=19456,t=2,p=1"), owasp));
  CHECK_FALSE(needs_rehash(argon2("argon2id", "m=65536,t=3,p=4"), owasp));
  CHECK(needs_rehash(argon2("argon2id", "m=19455,t=2,p=1"), owasp));
  CHECK(needs_rehash(argon2("argon2id", "m=65536,t=1,p=1"), owasp));
  CHECK(needs_rehash(argon2("argon2i", "m=65536,t=3,p=1"), owasp));
  CHECK(needs_rehash(argon2("argon2id", "m=65536,t=3,p=1"), bcrypt_quick));
}

TEST_CASE("verifying gives a new hash where one is wanted, both ways") {
  const auto old = hashed("analytical", bcrypt_quick);
  auto checked = run(verify_and_update_password("analytical", old, argon2_quick));
  REQUIRE(checked.verified);
  REQUIRE(checked.new_hash.has_value());
  CHECK(checked.new_hash->starts_with("$argon2id$"));
  CHECK(run(verify_password("analytical", checked.new_hash, argon2_quick)));

  const auto again = run(verify_and_update_password("analytical", checked.new_hash, argon2_quick));
  CHECK(again.verified);
  CHECK_FALSE(again.new_hash.has_value());

  checked = run(verify_and_update_password("analytical", checked.new_hash, bcrypt_quick));
  REQUIRE(checked.new_hash.has_value());
  CHECK(checked.new_hash->starts_with("$2b$04$"));
}

TEST_CASE("a wrong password gives no new hash, nor does an unknown user") {
  const auto old = hashed("analytical", bcrypt_quick);
  const auto wrong = run(verify_and_update_password("numerical", old, argon2_quick));
  CHECK_FALSE(wrong.verified);
  CHECK_FALSE(wrong.new_hash.has_value());
  const auto unknown = run(verify_and_update_password("numerical", std::nullopt, argon2_quick));
  CHECK_FALSE(unknown.verified);
  CHECK_FALSE(unknown.new_hash.has_value());
}

TEST_CASE("a password of more than 72 bytes that passlib cut is whole after its upgrade") {
  const std::string typed(80, 'x');
  const auto cut = hashed(typed.substr(0, 72), bcrypt_quick);  // what passlib made of it
  const auto checked = run(verify_and_update_password(typed, cut, argon2_quick));
  REQUIRE(checked.new_hash.has_value());
  CHECK(run(verify_password(typed, checked.new_hash, argon2_quick)));
  CHECK_FALSE(run(verify_password(typed.substr(0, 72), checked.new_hash, argon2_quick)));
}

TEST_CASE("a password that the wanted scheme would cut keeps its hash") {
  const std::string typed(80, 'x');
  const auto whole = hashed(typed, argon2_quick);
  const auto checked = run(verify_and_update_password(typed, whole, bcrypt_quick));
  CHECK(checked.verified);
  CHECK_FALSE(checked.new_hash.has_value());
}

TEST_CASE("hashes that cannot be meant match nothing, whatever the scheme") {
  for (const auto& options : {bcrypt_quick, argon2_quick}) {
    for (auto hash : {"", "!", "analytical", "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$aaaa",
                      "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                      "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}) {
      CAPTURE(hash);
      CHECK_FALSE(run(verify_password("analytical", hash, options)));
    }
  }
}

TEST_CASE("costs of Argon2id that would be a denial of service are a programmer's error") {
  for (const auto& [memory, passes] :
       {std::pair{7, 1}, {262145, 1}, {64, 17}, {262144, 5}, {-64, 1}, {64, 0}}) {
    CAPTURE(memory);
    CAPTURE(passes);
    const PasswordOptions options{
        .scheme = PasswordScheme::argon2id, .memory_kib = memory, .iterations = passes};
    CHECK_THROWS_AS(hashed("analytical", options), std::invalid_argument);
  }
}

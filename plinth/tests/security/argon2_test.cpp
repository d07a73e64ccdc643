#include "security/argon2.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace plinth::security;
using namespace std::literals;

namespace {

constexpr Argon2Cost quick{.memory_kib = 8, .iterations = 1};
constexpr auto salt_and_digest = "c29tZXNhbHRzYWx0$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApz8ArZWb2GRPPc"sv;

std::string hash_with(std::string_view costs) {
  return "$argon2id$v=19$" + std::string(costs) + "$" + std::string(salt_and_digest);
}

}  // namespace

TEST_CASE("an Argon2id hash is in the PHC string format, with a salt of its own") {
  const auto first = argon2_hash("analytical", quick);
  const auto second = argon2_hash("analytical", quick);
  CHECK(first.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  CHECK(first.size() == 27 + 22 + 1 + 43);
  CHECK(first != second);
  CHECK(argon2_cost(first) == quick);
  CHECK(argon2_verify("analytical", first));
  CHECK(argon2_verify("analytical", second));
  CHECK_FALSE(argon2_verify("Analytical", first));
  CHECK_FALSE(argon2_verify("", first));
}

TEST_CASE("every byte of a password counts, however long it is, and NUL too") {
  for (std::size_t size : {0UL, 1UL, 7UL, 8UL, 64UL, 71UL, 72UL, 73UL, 128UL, 1000UL, 4096UL}) {
    const std::string password(size, 'x');
    const auto hash = argon2_hash(password, quick);
    CAPTURE(size);
    CHECK(argon2_verify(password, hash));
    CHECK_FALSE(argon2_verify(password + "x", hash));
    if (size > 0) CHECK_FALSE(argon2_verify(password.substr(1), hash));
  }
  CHECK_FALSE(argon2_verify("a"s, argon2_hash("a\0b"s, quick)));
  CHECK(argon2_verify("a\0b"s, argon2_hash("a\0b"s, quick)));
}

TEST_CASE("the cost of a hash is read only from a whole hash of a bearable cost") {
  CHECK(argon2_cost(hash_with("m=19456,t=2,p=1")) ==
        Argon2Cost{.memory_kib = 19456, .iterations = 2});
  // What passlib 1.7.4, argon2-cffi 21 and RFC 9106 (4, second choice) take.
  CHECK(argon2_cost(hash_with("m=65536,t=3,p=4")).has_value());
  CHECK(argon2_cost(hash_with("m=102400,t=2,p=8")).has_value());
  CHECK(argon2_cost(hash_with("m=262144,t=4,p=16")).has_value());

  const std::pair<const char*, std::string> bad[] = {
      {"empty", ""},
      {"locked", "!"},
      {"bcrypt", "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde"},
      {"Argon2d", "$argon2d$v=19$m=64,t=3,p=1$" + std::string(salt_and_digest)},
      {"version 16", "$argon2id$v=16$m=64,t=3,p=1$" + std::string(salt_and_digest)},
      {"no version", "$argon2id$m=64,t=3,p=1$" + std::string(salt_and_digest)},
      {"2 GiB", hash_with("m=2097152,t=1,p=4")},
      {"more than 256 MiB", hash_with("m=262145,t=1,p=1")},
      {"17 passes", hash_with("m=64,t=17,p=1")},
      {"more than 1 GiB in all passes", hash_with("m=262144,t=5,p=1")},
      {"17 lanes", hash_with("m=65536,t=1,p=17")},
      {"no lanes", hash_with("m=64,t=1,p=0")},
      {"no passes", hash_with("m=64,t=0,p=1")},
      {"no memory", hash_with("m=7,t=1,p=1")},
      {"less than 8 KiB a lane", hash_with("m=15,t=1,p=2")},
      {"beyond 32 bits", hash_with("m=4294967360,t=1,p=1")},
      {"a sign", hash_with("m=+64,t=1,p=1")},
      {"negative", hash_with("m=-64,t=1,p=1")},
      {"a leading zero", hash_with("m=064,t=1,p=1")},
      {"another order", hash_with("t=1,m=64,p=1")},
      {"a key id", hash_with("m=64,t=1,p=1,keyid=Zm9v")},
      {"NUL", hash_with("m=64,t=1,p=1").replace(40, 1, "\0"s)},
      {"trailing text", hash_with("m=64,t=1,p=1") + "$"},
      {"white space", hash_with("m=64,t=1,p=1") + "\n"},
      {"padding", hash_with("m=64,t=1,p=1") + "="},
      {"a short digest", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzYWx0$CTFhFdXPJO1aFaM"},
      {"a short salt",
       "$argon2id$v=19$m=64,t=1,p=1$c29t$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApz8ArZWb2GRPPc"},
      {"no digest", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzYWx0"},
      {"Argon2i of two passes", "$argon2i$v=19$m=64,t=2,p=1$" + std::string(salt_and_digest)},
  };
  for (const auto& [name, hash] : bad) {
    CAPTURE(name);
    CHECK_FALSE(argon2_cost(hash).has_value());
  }
}

TEST_CASE("what has a cost can be verified without trouble, right or not") {
  for (auto costs : {"m=8,t=1,p=1", "m=64,t=3,p=8", "m=128,t=16,p=16"}) {
    const auto hash = hash_with(costs);
    CAPTURE(hash);
    REQUIRE(argon2_cost(hash).has_value());
    CHECK_FALSE(argon2_verify("no", hash));
  }
}

#include "plinth/secrets.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace plinth;

TEST_CASE("a token is base64url of as many random bytes as were asked for") {
  CHECK(token_urlsafe().size() == 43);
  CHECK(token_urlsafe(16).size() == 22);
  CHECK(token_urlsafe(0) == "");
  CHECK(token_urlsafe().find_first_not_of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
        std::string::npos);
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) made.insert(token_urlsafe());
  CHECK(made.size() == 1000);
}

TEST_CASE("SHA-256 is that of FIPS 180-4") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("HMAC with SHA-256 is that of RFC 4231") {
  CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("digests are compared whole") {
  CHECK(compare_digest("", ""));
  CHECK(compare_digest("abc", "abc"));
  CHECK_FALSE(compare_digest("abc", "abd"));
  CHECK_FALSE(compare_digest("abc", "ab"));
}

#include "security/base64.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace plinth::security;
using namespace std::string_literals;

namespace {

std::optional<std::string> decode_url(std::string_view text) {
  std::string bytes;
  if (!decode_base64url(text, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace

TEST_CASE("base64url of RFC 4648's examples has no padding") {
  CHECK(encode_base64url("") == "");
  CHECK(encode_base64url("f") == "Zg");
  CHECK(encode_base64url("fo") == "Zm8");
  CHECK(encode_base64url("foo") == "Zm9v");
  CHECK(encode_base64url("foobar") == "Zm9vYmFy");
  CHECK(encode_base64url("\xfb\xff\xbf") == "-_-_");
}

TEST_CASE("base64url is read only in its one canonical spelling") {
  CHECK(decode_url("Zm9vYg") == "foob");
  CHECK(decode_url("-_-_") == "\xfb\xff\xbf");
  CHECK(decode_url("") == "");
  for (auto bad :
       {"Z", "Zh", "Zm9", "Zg==", "Zg=", "Zm9v YmFy", "Zm9v\n", "+/+/", "Zm9vYmF!", "Zé"}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_url(bad).has_value());
  }
  CHECK_FALSE(decode_url("Zm9\0"s).has_value());
}

TEST_CASE("any bytes survive base64url") {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    CHECK(decode_url(encode_base64url(bytes)) == bytes);
  }
}

TEST_CASE("base64 is written with its padding, and any bytes survive it") {
  CHECK(encode_base64("") == "");
  CHECK(encode_base64("f") == "Zg==");
  CHECK(encode_base64("fo") == "Zm8=");
  CHECK(encode_base64("foo") == "Zm9v");
  CHECK(encode_base64("\xfb\xff\xbf") == "+/+/");
  std::mt19937 random(2);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    CHECK(decode_base64(encode_base64(bytes)) == bytes);
  }
}

TEST_CASE("padded base64 is read with its padding and not without") {
  CHECK(decode_base64("dTpw") == "u:p");
  CHECK(decode_base64("dXA=") == "up");
  CHECK(decode_base64("/////w==") == "\xff\xff\xff\xff");
  CHECK(decode_base64("") == "");
  for (auto bad : {"dXA", "dXB=", "=", "====", "d===", "dXA=dXA=", "dT-w", "dT w"}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_base64(bad).has_value());
  }
}

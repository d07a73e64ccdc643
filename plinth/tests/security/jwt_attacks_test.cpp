// Tokens that must not be believed (RFC 8725, RFC 7515, RFC 7519).
#include <doctest/doctest.h>

#include <fstream>
#include <utility>
#include <vector>

#include "plinth/jwk.hpp"
#include "plinth/security.hpp"
#include "security/key_ring.hpp"
#include "security/mint.hpp"

using namespace plinth;
using namespace std::literals;

namespace {

constexpr JwtOptions then{.now = Seconds{1000}};

bool believed(std::string_view token, std::string_view algorithm = "HS256") {
  return subject_of(token, KeyRing(mint::secret, algorithm), then).has_value();
}

bool payload_believed(std::string_view payload) { return believed(mint::token(payload)); }

bool header_believed(std::string_view header) {
  return believed(mint::token(R"({"sub":"ada","exp":2000})", header));
}

std::string good_token() { return mint::token(R"({"sub":"ada","exp":2000})"); }

}  // namespace

TEST_CASE("the token that the others spoil is good") {
  CHECK(believed(good_token()));
  CHECK(payload_believed(R"( { "exp" : 2e3 , "sub" : "ada" } )"));
  CHECK(payload_believed(R"({"sub":"a\u0064a","exp":1000.5,"roles":["a:b",{"c":1}]})"));
}

TEST_CASE("exp must be a sane number in the future") {
  for (auto exp : {"null", "\"2000\"", "\"soon\"", "true", "[2000]", "{}", "1e30", "1e400", "-1e30",
                   "NaN", "Infinity", "-Infinity", "123456789012345678901234567890", "253402300800",
                   "-5", "1000", "999.999", "0"}) {
    CAPTURE(exp);
    CHECK_FALSE(payload_believed(R"({"sub":"ada","exp":)" + std::string(exp) + "}"));
  }
  CHECK_FALSE(payload_believed(R"({"sub":"ada"})"));
  CHECK(payload_believed(R"({"sub":"ada","exp":253402300799})"));
}

TEST_CASE("nbf and iat must be numbers that are not in the future") {
  for (auto name : {"nbf", "iat"}) {
    for (auto value : {"1001", "1000.5", "\"900\"", "null", "true", "1e30", "NaN", "-1"}) {
      CAPTURE(name);
      CAPTURE(value);
      CHECK_FALSE(payload_believed(R"({"sub":"ada","exp":2000,")" + std::string(name) +
                                   "\":" + value + "}"));
    }
    CHECK(payload_believed(R"({"sub":"ada","exp":2000,")" + std::string(name) + "\":1000}"));
  }
}

TEST_CASE("sub must be a text that is not empty and has no NUL") {
  for (auto sub : {R"("")", "5", "null", "[]", R"(["ada"])", "{}", "true", R"("a\u0000b")",
                   R"("\u0000")", R"("\ud800")"}) {
    CAPTURE(sub);
    CHECK_FALSE(payload_believed(R"({"exp":2000,"sub":)" + std::string(sub) + "}"));
  }
  CHECK_FALSE(payload_believed(R"({"exp":2000})"));
}

TEST_CASE("other registered claims must have their types") {
  for (auto claim : {R"("iss":5)", R"("iss":null)", R"("jti":5)", R"("jti":[])", R"("aud":"x")",
                     R"("aud":null)", R"("at_hash":"x")"}) {
    CAPTURE(claim);
    CHECK_FALSE(payload_believed(R"({"sub":"ada","exp":2000,)" + std::string(claim) + "}"));
  }
  CHECK(payload_believed(R"({"sub":"ada","exp":2000,"iss":"any","jti":"any"})"));
}

TEST_CASE("the algorithm is the key's") {
  for (auto alg : {R"("none")", R"("NoNe")", R"("")", R"("hs256")", R"("HS256 ")", R"("HS512")",
                   R"("HS384")", R"("RS256")", R"("ES256")", R"(["HS256"])", "null", "5"}) {
    CAPTURE(alg);
    CHECK_FALSE(header_believed(R"({"typ":"JWT","alg":)" + std::string(alg) + "}"));
  }
  CHECK_FALSE(header_believed(R"({"typ":"JWT"})"));
  CHECK_FALSE(believed(mint::parts(R"({"alg":"none"})", R"({"sub":"ada","exp":2000})") + "."));
  CHECK_FALSE(believed(good_token(), "HS384"));
  CHECK_FALSE(believed(good_token(), "HS512"));
}

TEST_CASE("what the header asks for beyond the algorithm is refused or ignored") {
  CHECK_FALSE(header_believed(R"({"alg":"HS256","crit":["exp"],"exp":1})"));
  CHECK_FALSE(header_believed(R"({"alg":"HS256","crit":[]})"));
  CHECK_FALSE(header_believed(R"({"alg":"HS256","b64":false})"));
  CHECK_FALSE(header_believed(R"({"alg":"HS256","typ":5})"));
  CHECK_FALSE(header_believed(R"({"alg":"HS256","kid":5})"));
  CHECK(header_believed(R"({"alg":"HS256"})"));
  CHECK(header_believed(R"({"alg":"HS256","typ":"JWT","kid":"../../etc/passwd"})"));
  CHECK(
      header_believed(R"({"alg":"HS256","typ":"JWT","jku":"https://evil.example/keys","x5c":[]})"));
}

TEST_CASE("a token for another use is none for this one") {
  auto is_taken = [](std::string_view typ, std::string_view wanted) {
    auto options = then;
    options.type = wanted;
    auto header = R"({"alg":"HS256","typ":")" + std::string(typ) + R"("})";
    return subject_of(mint::token(R"({"sub":"ada","exp":2000})", header), KeyRing(mint::secret),
                      options)
        .has_value();
  };
  for (auto typ : {"JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "application/JWT"}) {
    CAPTURE(typ);
    CHECK(is_taken(typ, ""));
  }
  for (auto typ :
       {"refresh+jwt", "JWE", "JOSE", "dpop+jwt", "logout+jwt", "JWT ", "application/"}) {
    CAPTURE(typ);
    CHECK_FALSE(is_taken(typ, ""));
  }
  CHECK(is_taken("refresh+jwt", "refresh+jwt"));
  CHECK(is_taken("application/Refresh+JWT", "refresh+jwt"));
  CHECK_FALSE(is_taken("JWT", "refresh+jwt"));
  CHECK_FALSE(is_taken("", "refresh+jwt"));
  auto options = then;
  options.type = "refresh+jwt";
  const auto untyped = mint::token(R"({"sub":"ada","exp":2000})", R"({"alg":"HS256"})");
  CHECK_FALSE(subject_of(untyped, KeyRing(mint::secret), options).has_value());

  const auto keys = KeyRing(mint::secret);
  const auto claims = Json::object({{"sub", "ada"}, {"exp", 2000}});
  const auto made = encode_jwt(claims, keys, {.type = "refresh+jwt"});
  CHECK(subject_of(made, keys, options) == "ada");
  CHECK_FALSE(subject_of(made, keys, then).has_value());
}

TEST_CASE("a public key is no HMAC secret, in whatever form it comes") {
  const auto pair = Jwk::generate("ES256", "");
  const auto published = pair.public_json().dump();
  // openssl pkey -pubout -outform DER, of an Ed25519 key.
  const auto der = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"s + std::string(32, '\x58');
  for (const auto& key :
       {published, der, "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n"s, "ssh-ed25519 AAAAC3Nz"s,
        "ecdsa-sha2-nistp256 AAAA"s, "-----BEGIN CERTIFICATE-----\nMIIB"s}) {
    CAPTURE(key);
    CHECK_THROWS_AS(KeyRing{key}, std::invalid_argument);
  }
}

TEST_CASE("a token signed by HMAC with the public key's text is refused (RS256 to HS256)") {
  std::ifstream file(PLINTH_TEST_DATA "/jwt_keys.jsonl");
  std::string line;
  REQUIRE(std::getline(file, line));
  const auto row = Json::parse(line);
  const auto keys = KeyRing({.secret = row["private_pem"].str(), .algorithm = "RS256"});
  const auto& pem = row["public_pem"].str();
  const auto stripped = pem.substr(0, pem.size() - 1);
  for (const auto& secret : {pem, stripped, row["jwk"]["n"].str(), ""s, "\0"s}) {
    for (auto alg : {"HS256", "RS256", "none"}) {
      CAPTURE(alg);
      auto header = R"({"alg":")" + std::string(alg) + R"(","typ":"JWT"})";
      JwtError why{};
      CHECK_FALSE(
          decode_jwt(mint::token(R"({"sub":"ada","exp":2000})", header, secret), keys, then, &why)
              .has_value());
      CHECK(why == (alg == "RS256"s ? JwtError::signature : JwtError::algorithm));
    }
  }
}

TEST_CASE("each key of a ring is bound to its algorithm, whatever the kid says") {
  const auto ec = Jwk::generate("ES256", "ec");
  const auto ed = Jwk::generate("EdDSA", "ed");
  const auto hmac = Jwk::generate("HS256", "hmac");
  const auto keys = make_key_ring({.secret = mint::secret}, {.keys = {ec, ed, hmac}});
  const auto parts = [](std::string_view alg, std::string_view kid) {
    return mint::parts(
        R"({"alg":")" + std::string(alg) + R"(","kid":")" + std::string(kid) + R"("})",
        R"({"sub":"ada","exp":2000})");
  };
  for (const auto& key : {ec, ed, hmac}) {
    for (auto alg : {"ES256", "EdDSA", "HS256", "RS256", "none"}) {
      for (auto kid : {"ec", "ed", "hmac", "other", ""}) {
        CAPTURE(alg);
        CAPTURE(kid);
        const auto text = parts(alg, kid);
        const auto token = text + '.' + security::encode_base64url(key.key()->sign(text));
        CHECK(subject_of(token, keys, then).has_value() ==
              (key.algorithm() == alg && key.kid() == kid));
      }
    }
  }
}

TEST_CASE("a key in the header signs nothing") {
  auto own = "a key that the attacker has chosen"s;
  auto header =
      R"({"alg":"HS256","jwk":{"kty":"oct","k":")" + security::encode_base64url(own) + R"("}})";
  CHECK_FALSE(believed(mint::token(R"({"sub":"ada","exp":2000})", header, own)));
}

TEST_CASE("no other key makes a good signature") {
  for (const auto& key : {"x"s, mint::secret + "x", mint::secret.substr(1), "\0"s}) {
    CHECK_FALSE(believed(mint::token(R"({"sub":"ada","exp":2000})", mint::usual_header, key)));
  }
}

TEST_CASE("a signature counts whole and in its canonical spelling") {
  auto token = good_token();
  auto dot = token.rfind('.');
  auto unsigned_part = token.substr(0, dot + 1);
  auto signature = token.substr(dot + 1);

  CHECK_FALSE(believed(unsigned_part));
  CHECK_FALSE(believed(token.substr(0, token.size() - 1)));
  CHECK_FALSE(believed(token.substr(0, token.size() - 3)));
  CHECK_FALSE(believed(token + "A"));
  CHECK_FALSE(believed(token + "AAAA"));
  CHECK_FALSE(believed(token + "="));

  // 32 bytes leave two unused bits in the last of 43 characters.
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  auto last = alphabet.find(signature.back());
  REQUIRE(last % 4 == 0);
  for (std::size_t stray = 1; stray < 4; ++stray) {
    auto other = token;
    other.back() = alphabet[last + stray];
    CHECK_FALSE(believed(other));
  }
}

TEST_CASE("each changed character of a token spoils it") {
  auto token = good_token();
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto other = token;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    CAPTURE(i);
    CHECK_FALSE(believed(other));
  }
}

TEST_CASE("a token has exactly three parts and no foreign characters") {
  auto token = good_token();
  auto first = token.find('.');
  auto last = token.rfind('.');
  for (const auto& bad :
       {""s, "."s, ".."s, "..."s, token.substr(0, first), token.substr(0, last), token + ".",
        token + ".x", "." + token, token + ".x.x", " " + token, token + " ", token + "\n",
        "\t" + token, token + "\0"s, token.substr(0, first) + " " + token.substr(first),
        token.substr(0, first) + "=" + token.substr(first)}) {
    CAPTURE(bad);
    CHECK_FALSE(believed(bad));
  }
}

TEST_CASE("signed parts in another spelling are refused, too") {
  auto header = security::encode_base64url(mint::usual_header);
  auto payload = security::encode_base64url(R"({"sub":"ada???>","exp":2000})");
  CHECK(believed(mint::sign(header + "." + payload)));
  for (const auto& bad :
       {payload + "=", payload + "==", payload.substr(0, 8) + "\n" + payload.substr(8),
        payload.substr(0, 8) + " " + payload.substr(8)}) {
    CAPTURE(bad);
    CHECK_FALSE(believed(mint::sign(header + "." + bad)));
  }
  CHECK_FALSE(believed(mint::sign(header + "=." + payload)));
  auto plain = payload;
  for (char& c : plain) c = c == '-' ? '+' : c == '_' ? '/' : c;
  REQUIRE(plain != payload);
  CHECK_FALSE(believed(mint::sign(header + "." + plain)));
}

TEST_CASE("a repeated name is refused, however it is spelled and whichever comes last") {
  CHECK_FALSE(payload_believed(R"({"sub":"eve","sub":"ada","exp":2000})"));
  CHECK_FALSE(payload_believed(R"({"sub":"ada","exp":1,"exp":2000})"));
  CHECK_FALSE(payload_believed(R"({"sub":"ada","exp":2000,"\u0073ub":"eve"})"));
  CHECK_FALSE(payload_believed(R"({"sub":"ada","exp":2000,"x":{"y":1},"x":2})"));
  CHECK_FALSE(header_believed(R"({"alg":"HS256","alg":"HS256"})"));
  CHECK_FALSE(header_believed(R"({"alg":"none","typ":"JWT","alg":"HS256"})"));
  CHECK(
      payload_believed(R"({"sub":"ada","exp":2000,"a":{"sub":1,"exp":2},"b":"\"sub\":\"eve\""})"));
}

TEST_CASE("a payload is one JSON object in UTF-8") {
  std::string deep = R"({"sub":"ada","exp":2000,"x":)";
  for (auto bad :
       {R"([{"sub":"ada","exp":2000}])", "5", "\"ada\"", "null", "", "{", "{}x", "not json",
        R"({"sub":"ada","exp":2000},)", R"({'sub':'ada','exp':2000})",
        R"({"sub":"ada","exp":2000}{})", "{\"sub\":\"\xff\",\"exp\":2000}",
        "{\"sub\":\"\xed\xa0\x80\",\"exp\":2000}", "\xEF\xBB\xBF{\"sub\":\"ada\",\"exp\":2000}"}) {
    CAPTURE(bad);
    CHECK_FALSE(payload_believed(bad));
  }
  CHECK_FALSE(payload_believed(deep + std::string(1000, '[')));
  CHECK_FALSE(payload_believed(deep + std::string(1000, '[') + std::string(1000, ']') + "}"));
  CHECK_FALSE(payload_believed("{\0\"\0s\0u\0b\0\"\0:\0\"\0a\0\"\0}\0"sv));
}

TEST_CASE("tokens of more than 8 KiB are refused") {
  auto sized = [](std::size_t size) {
    for (std::size_t filler = size * 3 / 4 - 200;; ++filler) {
      auto token =
          mint::token(R"({"sub":"ada","exp":2000,"x":")" + std::string(filler, 'x') + "\"}");
      if (token.size() >= size) return token;
    }
  };
  CHECK(believed(sized(8192)));
  CHECK(sized(8193).size() > 8192);
  CHECK_FALSE(believed(sized(8193)));
  CHECK_FALSE(believed(sized(60'000)));
}

TEST_CASE("an encrypted token is no signed one") {
  CHECK_FALSE(believed("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..x.y.z"));
  CHECK_FALSE(believed(good_token() + ".eyJ9.x"));
}

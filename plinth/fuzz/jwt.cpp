// Tokens of any text. What is believed must carry our signature; what we sign must be believed.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "plinth/jwk.hpp"
#include "plinth/security.hpp"
#include "security/base64.hpp"
#include "security/hmac.hpp"

using namespace plinth;

namespace {

const std::string secret = "0123456789abcdef0123456789abcdef";

void expect(bool holds) {
  if (!holds) std::abort();
}

std::string sign(const std::string& text) {
  auto mac = security::hmac(security::HashName::sha256, secret, text);
  return text + '.' + security::encode_base64url(mac.view());
}

// The claims of a token that was believed are an object with a text or no subject and a sane exp.
void check_claims(const std::string& token, const KeyRing& keys) {
  auto claims = decode_jwt(token, keys, {.now = Seconds{1000}});
  if (!claims) return;
  expect(claims->is_object());
  expect((*claims)["exp"].number() > 1000);
  if (const auto* sub = claims->find("sub")) expect(!sub->str().empty());
  expect(token == sign(token.substr(0, token.rfind('.'))));
  auto again = encode_jwt(*claims, keys);
  if (again.size() > 8192) return;
  auto same = decode_jwt(again, keys, {.now = Seconds{1000}});
  expect(same && same->dump() == claims->dump());  // as text: NaN is no NaN
}

// The secret beside keys with names: RFC 7515's A.3.1, RFC 8037's A.1, whose owners sign nothing
// here.
KeyRing named_ring() {
  const auto set = jwk_set_of(
      R"({"keys":[{"kty":"EC","crv":"P-256","kid":"ec",
                   "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                   "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
                  {"kty":"OKP","crv":"Ed25519","kid":"ed",
                   "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})"_json);
  return make_key_ring({.secret = secret}, set);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const KeyRing keys(secret);
  static const KeyRing named = named_ring();
  std::string text(reinterpret_cast<const char*>(data), size);

  check_claims(text, keys);        // as it came
  check_claims(text, named);       // perhaps signed by a key with a name: it cannot be
  check_claims(sign(text), keys);  // its two parts, signed

  // The rest reaches the parser behind the signature: header and payload at the first NUL.
  auto split = text.find('\0');
  auto header = split == text.npos ? R"({"alg":"HS256","typ":"JWT"})" : text.substr(0, split);
  auto payload = split == text.npos ? text : text.substr(split + 1);
  check_claims(sign(security::encode_base64url(header) + '.' + security::encode_base64url(payload)),
               keys);

  std::string bytes;
  if (security::decode_base64url(text, bytes)) expect(security::encode_base64url(bytes) == text);
  return 0;
}

// The public face of tokens.
#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

#include "json/utf8.hpp"
#include "plinth/security.hpp"
#include "security/base64.hpp"
#include "security/jwt.hpp"
#include "security/key_ring.hpp"

namespace plinth {

namespace {

void append_escape(std::string& out, std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[unit >> shift & 0xf];
}

// JSON text with \u escapes for all that is not ASCII, as python-jose's json.dumps writes it; such
// bytes stand only inside texts.
std::string to_ascii(std::string json_text) {
  auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(json_text, is_ascii)) return json_text;

  std::string out;
  for (std::size_t i = 0; i < json_text.size();) {
    auto code_point = json::next_code_point(json_text, i);
    if (code_point < 0x80) {
      out += static_cast<char>(code_point);
    } else if (code_point < 0x10000) {
      append_escape(out, code_point);
    } else {
      append_escape(out, 0xd800 + ((code_point - 0x10000) >> 10));
      append_escape(out, 0xdc00 + (code_point & 0x3ff));
    }
  }
  return out;
}

}  // namespace

std::string_view to_string(JwtError error) {
  static constexpr std::array<std::string_view, 7> names = {
      "malformed", "algorithm", "signature", "claims", "expired", "immature", "audience"};
  return names[static_cast<std::size_t>(error)];
}

std::string encode_jwt(const Json& claims, const KeyRing& keys, const JwtHeader& header) {
  if (!claims.is_object()) throw std::invalid_argument("the claims of a token must be an object");
  const auto& signing = *keys.source()->local().all.front();
  auto token = header.type == "JWT" ? signing.header : security::token_header(signing, header.type);
  token += '.' + security::encode_base64url(to_ascii(claims.dump()));
  return token + '.' + security::encode_base64url(signing.sign(token));
}

std::optional<Json> decode_jwt(std::string_view token, const KeyRing& keys,
                               const JwtOptions& options, JwtError* why) {
  security::JwtDecoder decoder(keys.source()->local(), options);
  if (decoder.decode(token)) return json::to_json(decoder.claims());
  if (why) *why = decoder.why();
  return std::nullopt;
}

std::optional<std::string> subject_of(std::string_view token, const KeyRing& keys,
                                      const JwtOptions& options) {
  security::JwtDecoder decoder(keys.source()->local(), options);
  if (!decoder.decode(token)) return std::nullopt;
  const auto* sub = decoder.claims().find("sub");
  if (!sub) return std::nullopt;
  return std::string(sub->string());
}

}  // namespace plinth

// Tokens made of any header and payload text, signed or not.
#pragma once

#include <string>
#include <string_view>

#include "security/base64.hpp"
#include "security/hmac.hpp"

namespace mint {

inline const std::string secret = "0123456789abcdef0123456789abcdef";
inline constexpr std::string_view usual_header = R"({"alg":"HS256","typ":"JWT"})";

inline std::string parts(std::string_view header, std::string_view payload) {
  using plinth::security::encode_base64url;
  return encode_base64url(header) + '.' + encode_base64url(payload);
}

/// The two parts with their signature by HS256.
inline std::string sign(const std::string& header_and_payload, const std::string& key = secret) {
  auto mac = plinth::security::hmac(plinth::security::HashName::sha256, key, header_and_payload);
  return header_and_payload + '.' + plinth::security::encode_base64url(mac.view());
}

inline std::string token(std::string_view payload, std::string_view header = usual_header,
                         const std::string& key = secret) {
  return sign(parts(header, payload), key);
}

}  // namespace mint

// RFC 7515 (JWS), RFC 7519 (JWT), RFC 8725 (their best current practice).
#include "security/jwt.hpp"

#include <algorithm>
#include <cmath>

#include "http/characters.hpp"
#include "json/utf8.hpp"
#include "security/base64.hpp"

namespace plinth::security {

namespace {

constexpr double numeric_date_max = 253402300799.0;  // 9999-12-31T23:59:59Z

// Names in the outermost object of valid JSON text. A Document keeps each name once, so more names
// here than there are repeated ones, about which parsers differ.
std::size_t count_names(std::string_view object) {
  std::size_t names = 0;
  int depth = 0;
  for (std::size_t i = 0; i < object.size(); ++i) {
    switch (object[i]) {
      case '"':
        for (++i; object[i] != '"'; ++i) {
          if (object[i] == '\\') ++i;
        }
        break;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        --depth;
        break;
      case ':':
        if (depth == 1) ++names;
        break;
      default:
        break;
    }
  }
  return names;
}

// A text that may be passed on: not empty, no NUL, no half of a surrogate pair.
bool is_clean_text(const json::Node& node) {
  return node.is_string() && !node.has_surrogate() && !node.string().empty() &&
         node.string().find('\0') == std::string_view::npos;
}

// Whether two texts name one media type: letter case does not count, "application/" may be left
// out (RFC 7515 4.1.9).
bool is_media_type(std::string_view typ, std::string_view type) {
  constexpr std::string_view prefix = "application/";
  auto bare = [&](std::string_view text) {
    const bool full = http::equal_ignoring_case(text.substr(0, prefix.size()), prefix);
    return full ? text.substr(prefix.size()) : text;
  };
  return std::ranges::equal(bare(typ), bare(type), {}, http::lower, http::lower);
}

}  // namespace

bool JwtDecoder::decode(std::string_view token) {
  return split(token) && read_header() && verify_signature() &&
         read_object(payload_text_, payload_) && check_texts() && check_dates() &&
         check_audience() && check_issuer();
}

bool JwtDecoder::split(std::string_view token) {
  if (token.size() > token_bytes_max) return refuse(JwtError::malformed);
  auto first = token.find('.');
  auto last = first == token.npos ? first : token.find('.', first + 1);
  if (last == token.npos || token.find('.', last + 1) != token.npos) {
    return refuse(JwtError::malformed);
  }
  header_ = token.substr(0, first);
  payload_text_ = token.substr(first + 1, last - first - 1);
  signature_ = token.substr(last + 1);
  signed_text_ = token.substr(0, last);
  return true;
}

bool JwtDecoder::read_object(std::string_view encoded, Part& part) {
  part.text.clear();
  if (!decode_base64url(encoded, part.text)) return refuse(JwtError::malformed);

  // Document reads all that Python's json.loads does; a token is UTF-8 without a byte order mark.
  std::string_view text = part.text;
  bool utf8 = json::is_utf8(text) && text.find('\0') == std::string_view::npos &&
              !text.starts_with("\xEF\xBB\xBF");
  json::Error ignored;
  if (!utf8 || !part.document.parse(text, ignored) || !part.document.root().is_object() ||
      count_names(text) != part.document.root().size()) {
    return refuse(JwtError::malformed);
  }
  return true;
}

bool JwtDecoder::read_header() {
  for (const auto& own : keys_.all) {
    if (header_ != own->header) continue;
    algorithm_ = own->algorithm;
    kid_ = own->kid;
    return check_type("JWT");
  }
  if (!read_object(header_, header_part_)) return false;

  const auto& header = header_part_.document.root();
  const auto* alg = header.find("alg");
  if (!alg || !alg->is_string()) return refuse(JwtError::algorithm);
  algorithm_ = alg->string();
  // No extension is understood here, so none can be critical (RFC 7515 4.1.11); b64 is one (RFC
  // 7797). Keys that the header carries or points at (jwk, jku, x5u, x5c) are never looked at.
  if (header.find("crit")) return refuse(JwtError::algorithm);
  if (const auto* b64 = header.find("b64"); b64 && !(b64->is_boolean() && b64->boolean())) {
    return refuse(JwtError::algorithm);
  }
  if (const auto* kid = header.find("kid")) {
    if (!kid->is_string()) return refuse(JwtError::malformed);
    kid_ = kid->string();
  }
  const auto* typ = header.find("typ");
  if (typ && !typ->is_string()) return refuse(JwtError::malformed);
  return check_type(typ ? typ->string() : std::string_view());
}

bool JwtDecoder::check_type(std::string_view type) {
  const bool good = options_.type.empty() ? type.empty() || is_media_type(type, "JWT") ||
                                                is_media_type(type, "at+jwt")
                                          : is_media_type(type, options_.type);
  return good || refuse(JwtError::algorithm);
}

bool JwtDecoder::verify_signature() {
  std::string sent;
  if (!decode_base64url(signature_, sent)) return refuse(JwtError::malformed);

  JwtError why = JwtError::algorithm;
  for (const auto& candidate : keys_.all) {
    if (keys_.named && candidate->kid != kid_) continue;
    if (candidate->algorithm != algorithm_) continue;
    why = JwtError::signature;
    if (candidate->verify(signed_text_, sent)) return true;
  }
  return refuse(why);
}

bool JwtDecoder::check_texts() {
  const auto* sub = claims().find("sub");
  const auto* jti = claims().find("jti");
  const auto* iss = claims().find("iss");
  bool good = (!sub || is_clean_text(*sub)) && (!jti || jti->is_string()) &&
              (!iss || iss->is_string()) && !claims().find("at_hash");  // OpenID Connect's ID token
  return good || refuse(JwtError::claims);
}

bool JwtDecoder::date(std::string_view name, std::optional<double>& seconds) {
  const auto* node = claims().find(name);
  if (!node) return true;
  if (!node->is_integer() && !node->is_number()) return refuse(JwtError::claims);
  double value = node->is_integer() ? static_cast<double>(node->integer()) : node->number();
  if (!(value >= 0 && value <= numeric_date_max)) return refuse(JwtError::claims);
  seconds = value;
  return true;
}

bool JwtDecoder::check_dates() {
  std::optional<double> exp;
  std::optional<double> nbf;
  std::optional<double> iat;
  if (!date("exp", exp) || !date("nbf", nbf) || !date("iat", iat)) return false;
  if (!exp) return refuse(JwtError::claims);

  auto now = static_cast<double>((options_.now ? *options_.now : unix_now()).count);
  auto leeway = static_cast<double>(options_.leeway.count);
  if (*exp <= now - leeway) return refuse(JwtError::expired);
  if (nbf && *nbf > now + leeway) return refuse(JwtError::immature);
  if (iat && *iat > now + leeway) return refuse(JwtError::immature);
  return true;
}

bool JwtDecoder::check_audience() {
  const auto* aud = claims().find("aud");
  if (options_.audience.empty()) return !aud || refuse(JwtError::audience);
  if (!aud) return refuse(JwtError::audience);

  auto is_ours = [&](const json::Node& one) {
    return one.is_string() && one.string() == options_.audience;
  };
  if (aud->is_string()) return is_ours(*aud) || refuse(JwtError::audience);
  if (!aud->is_array()) return refuse(JwtError::claims);
  return std::ranges::any_of(aud->items(), is_ours) || refuse(JwtError::audience);
}

bool JwtDecoder::check_issuer() {
  if (options_.issuer.empty()) return true;
  const auto* iss = claims().find("iss");
  return (iss && iss->string() == options_.issuer) || refuse(JwtError::audience);
}

}  // namespace plinth::security

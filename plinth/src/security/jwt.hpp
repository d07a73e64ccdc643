// A signed token on its way to its claims.
//
// Invariants
// - Nothing of a payload is read before its signature has been verified.
// - The algorithm is the key's, never the token's choice.
// - Refusals are return values: a flood of bad tokens throws nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/node.hpp"
#include "security/key_ring.hpp"

namespace plinth::security {

class JwtDecoder {
 public:
  static constexpr std::size_t token_bytes_max = 8192;

  JwtDecoder(const detail::JwtKeys& keys, const JwtOptions& options)
      : keys_(keys), options_(options) {}

  /// False when the token is refused; why() says it.
  bool decode(std::string_view token);

  JwtError why() const { return why_; }
  /// The claims; valid as long as this decoder.
  const json::Node& claims() const { return payload_.document.root(); }

 private:
  struct Part {
    std::string text;
    json::Document document;  // borrows from text
  };

  bool split(std::string_view token);
  bool read_object(std::string_view encoded, Part& part);
  bool read_header();
  bool check_type(std::string_view type);
  bool verify_signature();
  bool check_dates();
  bool check_audience();
  bool check_issuer();
  bool check_texts();
  bool date(std::string_view name, std::optional<double>& seconds);
  bool refuse(JwtError why) {
    why_ = why;
    return false;
  }

  const detail::JwtKeys& keys_;
  const JwtOptions& options_;
  std::string_view header_;
  std::string_view payload_text_;
  std::string_view signature_;
  std::string_view signed_text_;  // header.payload
  std::string_view algorithm_;    // of the header
  std::string_view kid_;
  Part header_part_;
  Part payload_;
  JwtError why_ = JwtError::malformed;
};

}  // namespace plinth::security

// Value types of schemas that C++ lacks: Email, Url, Secret, Bytes, Uuid, Decimal.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace plinth {

namespace detail {
// A text with a meaning; the schema checks it, C++ code that makes one vouches for it.
template <int Meaning>
class Text {
 public:
  Text() = delete;
  Text(std::string value) : value_(std::move(value)) {}   // NOLINT(google-explicit-constructor)
  Text(std::string_view value) : value_(value) {}         // NOLINT(google-explicit-constructor)
  Text(const char* value) : value_(value) {}              // NOLINT(google-explicit-constructor)
  operator const std::string&() const { return value_; }  // NOLINT(google-explicit-constructor)
  const std::string& operator*() const { return value_; }
  const std::string* operator->() const { return &value_; }
  const std::string& str() const { return value_; }
  friend auto operator<=>(const Text&, const Text&) = default;

 private:
  std::string value_;
};
}  // namespace detail

/// An e-mail address as EmailStr leaves it: domain in lower case, local part as written, NFC.
using Email = detail::Text<1>;
/// An http or https URL, normalised as pydantic's HttpUrl.
using Url = detail::Text<2>;

/// A text that is never shown: serialised as "**********", hidden in errors and logs. Stands for
/// SecretStr.
class Secret {
 public:
  Secret() = default;
  Secret(std::string value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Secret(const char* value) : value_(value) {}             // NOLINT(google-explicit-constructor)
  const std::string& get_secret_value() const { return value_; }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string value_;
};

/// Bytes; on the wire UTF-8 text, as pydantic's default.
struct Bytes {
  std::string data;
  auto operator<=>(const Bytes&) const = default;
};

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  std::string str() const;  // 8-4-4-4-12, lower case
  static std::optional<Uuid> parse(std::string_view text);
  static Uuid random();  // version 4, from the system's generator
  auto operator<=>(const Uuid&) const = default;
};

/// A decimal number with its digits as written; "1.10" keeps its zero.
struct Decimal {
  std::string text = "0";  // canonical: [-]digits[.digits][E±exponent]
  bool operator==(const Decimal&) const = default;
};

}  // namespace plinth

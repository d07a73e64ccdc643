// A JSON value of any shape. Stands for Python's json module and for `Any` in a schema.
// Example: plinth/tests/json/json_test.cpp
//
// Objects keep the order of their keys; setting a key again keeps its place. Text is UTF-8.
// Integers beyond 64 bits are kept as their digits. Written as Python writes it: compact, non-ASCII
// as it is, floats by repr ("1.0", "1e-07").
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace plinth {

/// Malformed JSON. `message` is CPython's ("Expecting value"), `position` counts code points from
/// 0.
struct JsonError : std::runtime_error {
  JsonError(std::string_view text, std::size_t at);
  std::string message;
  std::size_t position;
};

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  enum class Kind : std::uint8_t {
    null,
    boolean,
    integer,
    big_integer,
    number,
    string,
    array,
    object
  };

  Json() = default;
  Json(std::nullptr_t) {}           // NOLINT(google-explicit-constructor)
  template <std::same_as<bool> T>   // not of a pointer
  Json(T value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Json(T value)
      : value_(integer_value(static_cast<Widest<T>>(value))) {
  }  // NOLINT(google-explicit-constructor)
  Json(double value) : value_(value) {}                  // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Json(std::string_view value)
      : value_(std::string(value)) {}                      // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Json(Array value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Json(Object value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  /// A repeated key keeps its first place and its last value.
  static Json object(std::initializer_list<std::pair<std::string_view, Json>> members);
  static Json array(std::initializer_list<Json> items) { return Json(Array(items)); }
  /// An integer of any length: an optional '-' and decimal digits; std::invalid_argument otherwise.
  static Json big_integer(std::string digits);

  /// Throws JsonError. Accepts what CPython's json.loads accepts from UTF-8 (NaN, Infinity,
  /// duplicate keys: last wins).
  static Json parse(std::string_view text);

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::null; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_object() const { return kind() == Kind::object; }

  // The value as a type; std::runtime_error naming both kinds when it is another.
  bool boolean() const;
  std::int64_t integer() const;
  double number() const;              // also of an integer, big or not
  const std::string& digits() const;  // of a big integer
  const std::string& str() const;
  const Array& items() const;
  Array& items();
  const Object& members() const;
  Object& members();

  /// The member of that name; std::out_of_range naming the key (const), or made null at the end
  /// (mutable).
  const Json& operator[](std::string_view key) const;
  Json& operator[](std::string_view key);
  const Json& operator[](std::size_t index) const;
  // 0 is also a null pointer, so an int needs overloads of its own.
  const Json& operator[](int index) const { return (*this)[static_cast<std::size_t>(index)]; }
  const Json& operator[](int index) {
    return std::as_const(*this)[static_cast<std::size_t>(index)];
  }
  const Json* find(std::string_view key) const;  // null when absent or not an object
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  std::size_t size() const;  // items or members; 0 for others
  void push_back(Json item) { items().push_back(std::move(item)); }

  /// Compact text, as json.dumps(…, ensure_ascii=False, separators=(",", ":")).
  std::string dump() const;
  /// Indented text; nesting by `indent` spaces.
  std::string pretty(int indent = 2) const;

  /// Equal values; objects compare without regard to order, 1 equals 1.0.
  friend bool operator==(const Json& left, const Json& right);

 private:
  template <class T>
  using Widest = std::conditional_t<std::signed_integral<T>, std::int64_t, std::uint64_t>;
  struct BigInteger {
    std::string digits;
    bool operator==(const BigInteger&) const = default;
  };
  using Value = std::variant<std::monostate, bool, std::int64_t, BigInteger, double, std::string,
                             Array, Object>;
  static Value integer_value(std::int64_t value) { return value; }
  static Value integer_value(std::uint64_t value);
  template <class T>
  const T& get(Kind wanted) const;

  Value value_;
};

inline namespace literals {
/// R"({"a": 1})"_json
inline Json operator""_json(const char* text, std::size_t size) {
  return Json::parse({text, size});
}
}  // namespace literals

}  // namespace plinth

#include "db/sqlite_arrays.hpp"

#include "db/civil_text.hpp"
#include "json/utf8.hpp"

namespace plinth::db {

using detail::Kind;

namespace {

constexpr char hex_digits[] = "0123456789abcdef";

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += hex_digits[byte >> 4];
    text += hex_digits[byte & 15];
  }
  return text;
}

std::optional<Bytes> parse_hex(std::string_view text) {
  Bytes bytes;
  if (text.size() % 2 != 0) return {};
  const std::string_view digits(hex_digits);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digits.find(text[i]);
    const auto low = digits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    bytes.data += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

struct ItemWriter {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool value) const { return value; }
  Json operator()(std::int64_t value) const { return value; }
  Json operator()(double value) const { return value; }
  Json operator()(const std::string& value) const { return value; }
  Json operator()(const Bytes& value) const { return hex(value.data); }
  Json operator()(const DateTime& value) const { return civil_text(value.microseconds); }
  Json operator()(const Date& value) const { return value.iso(); }
  Json operator()(const Time& value) const { return clock_text(value.microseconds); }
  Json operator()(const Duration& value) const { return civil_text(value.microseconds); }
  Json operator()(const Uuid& value) const { return hex_of(value); }
  Json operator()(const Decimal& value) const { return value.text; }
  Json operator()(const Json& value) const { return value; }
  Json operator()(const Array& value) const {
    Json items = Json::array({});
    for (const auto& item : value.items) items.push_back(std::visit(ItemWriter(), item.value));
    return items;
  }
};

template <class T, class Parsed>
std::optional<Value> made(const std::optional<Parsed>& parsed) {
  if (!parsed) return {};
  if constexpr (std::is_same_v<T, Parsed>) {
    return Value(*parsed);
  } else {
    return Value(T{.microseconds = *parsed});
  }
}

std::optional<Value> read_text_item(const std::string& text, Kind kind) {
  switch (kind) {
    case Kind::bytes:
      return made<Bytes>(parse_hex(text));
    case Kind::date_time:
      return made<DateTime>(parse_civil(text));
    case Kind::date:
      return made<Date>(parse_date(text));
    case Kind::time:
      return made<Time>(parse_clock(text));
    case Kind::duration:
      return made<Duration>(parse_civil(text));
    case Kind::uuid:
      return made<Uuid>(Uuid::parse(text));
    case Kind::decimal: {
      const bool good =
          !text.empty() && text.find_first_not_of("0123456789.-+eE") == std::string::npos;
      return good ? std::optional<Value>(Decimal{text}) : std::nullopt;
    }
    default:
      return Value(text);
  }
}

// What does not fit its C++ type is found when it is assigned.
std::optional<Value> read_item(const Json& item, const detail::Type& type) {
  if (type.kind == Kind::optional) return read_item(item, type.element());
  switch (item.kind()) {
    case Json::Kind::null:
      return Value();
    case Json::Kind::boolean:
      return Value(item.boolean());
    case Json::Kind::integer:
      return Value(item.integer());
    case Json::Kind::number:
      return Value(item.number());
    case Json::Kind::string:
      return read_text_item(item.str(), type.kind);
    default:
      return {};
  }
}

}  // namespace

std::string hex_of(const Uuid& uuid) {
  return hex({reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size()});
}

std::string array_text(const Array& array) { return ItemWriter()(array).dump(); }

std::optional<Array> parse_array(std::string_view text, const detail::Type& list) {
  try {
    const auto parsed = Json::parse(text);
    if (!parsed.is_array()) return {};
    Array array;
    for (const auto& item : parsed.items()) {
      auto value = read_item(item, list.element());
      if (!value) return {};
      array.items.push_back({std::move(*value)});
    }
    return array;
  } catch (const JsonError&) {
    return {};
  }
}

}  // namespace plinth::db

#include "db/sqlite_values.hpp"

#include <sqlite3.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "db/civil_text.hpp"
#include "db/sqlite_arrays.hpp"
#include "json/utf8.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

using detail::Kind;

namespace {

// A column of NUMERIC affinity keeps whole numbers of 64 bits, and of others 15 digits.
const std::string& exact_decimal(const Decimal& value) {
  int digits = 0;
  bool leading = true;
  bool whole = true;
  for (char c : value.text) {
    if (c == 'E' || c == 'e') break;
    if (c == '.') whole = false;
    if (c < '0' || c > '9') continue;
    leading = leading && c == '0';
    if (!leading) ++digits;
  }
  const bool exponent = value.text.find_first_of("Ee") != std::string::npos;
  if (digits > (whole && !exponent ? 18 : 15)) {
    throw DataError("SQLite keeps 15 digits of a decimal number; this one has " +
                    std::to_string(digits));
  }
  return value.text;
}

struct Binder {
  sqlite3_stmt* statement;
  int index;

  int text(const std::string& value, bool lives) const {
    return sqlite3_bind_text64(statement, index, value.data(), value.size(),
                               lives ? SQLITE_STATIC : SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(bool value) const { return sqlite3_bind_int(statement, index, value ? 1 : 0); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
  int operator()(const std::string& value) const { return text(value, true); }
  int operator()(const Bytes& value) const {
    // A null pointer would bind NULL.
    const char* data = value.data.empty() ? "" : value.data.data();
    return sqlite3_bind_blob64(statement, index, data, value.data.size(), SQLITE_STATIC);
  }
  int operator()(const DateTime& value) const {
    return text(civil_text(value.microseconds), false);
  }
  int operator()(const Date& value) const { return text(value.iso(), false); }
  int operator()(const Time& value) const { return text(clock_text(value.microseconds), false); }
  int operator()(const Duration& value) const {
    return text(civil_text(value.microseconds), false);
  }
  int operator()(const Uuid& value) const { return text(hex_of(value), false); }
  int operator()(const Decimal& value) const { return text(exact_decimal(value), true); }
  int operator()(const Json& value) const {
    if (value.kind() == Json::Kind::big_integer) {
      throw DataError("SQLite cannot keep a JSON integer beyond 64 bits exactly");
    }
    return text(value.dump(), false);
  }
  int operator()(const Array& value) const { return text(array_text(value), false); }
};

std::string_view text_of(sqlite3_stmt* statement, int index) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
  return {text ? text : "", static_cast<std::size_t>(sqlite3_column_bytes(statement, index))};
}

[[noreturn]] void misfit(sqlite3_stmt* statement, int index, std::string_view wanted) {
  constexpr std::array classes{"", "an integer", "a real number", "a text", "a blob", "NULL"};
  const char* name = sqlite3_column_name(statement, index);
  throw DatabaseError("column " + std::string(name ? name : "") + " holds " +
                      classes[static_cast<std::size_t>(sqlite3_column_type(statement, index))] +
                      " that is no " + std::string(wanted));
}

std::string checked_text(sqlite3_stmt* statement, int index) {
  const auto text = text_of(statement, index);
  if (!json::is_utf8(text)) misfit(statement, index, "UTF-8");
  return std::string(text);
}

Value read_plain(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, index)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, index);
    case SQLITE_TEXT:
      return checked_text(statement, index);
    case SQLITE_BLOB: {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, index));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, index));
      return Bytes{data ? std::string(data, size) : std::string()};
    }
    default:
      return {};
  }
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Value read_uuid(sqlite3_stmt* statement, int index) {
  Uuid uuid;
  const auto size = sqlite3_column_bytes(statement, index);
  if (sqlite3_column_type(statement, index) == SQLITE_BLOB && size == 16) {
    std::memcpy(uuid.bytes.data(), sqlite3_column_blob(statement, index), 16);
    return uuid;
  }
  std::size_t digits = 0;
  for (char c : text_of(statement, index)) {
    if (c == '-') continue;
    const int value = nibble(c);
    if (value < 0 || digits == 32) misfit(statement, index, "UUID");
    auto& byte = uuid.bytes[digits / 2];
    byte = static_cast<std::uint8_t>(digits % 2 == 0 ? value << 4 : byte | value);
    ++digits;
  }
  if (digits != 32) misfit(statement, index, "UUID");
  return uuid;
}

// The 15 digits that a NUMERIC column keeps, without an exponent unless it is a large number.
std::string plain_digits(double number) {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.15g", number);
  std::string text(digits.data());
  const auto e = text.find('e');
  if (e == std::string::npos) return text;
  const int exponent = std::atoi(text.c_str() + e + 1);
  if (exponent > 0) {
    text[e] = 'E';
    return text;
  }
  const auto point = text.find('.');
  const auto fraction = point == std::string::npos ? 0 : static_cast<int>(e - point - 1);
  std::string plain(static_cast<std::size_t>(20 - exponent + fraction), '\0');
  const int size = std::snprintf(plain.data(), plain.size(), "%.*f", fraction - exponent, number);
  plain.resize(static_cast<std::size_t>(size));
  return plain;
}

Value read_decimal(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return Decimal{std::to_string(sqlite3_column_int64(statement, index))};
    case SQLITE_FLOAT: {
      const double number = sqlite3_column_double(statement, index);
      if (!std::isfinite(number)) misfit(statement, index, "decimal number");
      auto text = plain_digits(number);
      return Decimal{std::move(text)};
    }
    case SQLITE_TEXT: {
      auto text = checked_text(statement, index);
      if (text.empty() || text.find_first_not_of("0123456789.-+eE") != std::string::npos) {
        misfit(statement, index, "decimal number");
      }
      return Decimal{std::move(text)};
    }
    default:
      misfit(statement, index, "decimal number");
  }
}

Value read_json(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return Json(std::int64_t{sqlite3_column_int64(statement, index)});
    case SQLITE_FLOAT:
      return Json(sqlite3_column_double(statement, index));
    default:
      try {
        return Json::parse(checked_text(statement, index));
      } catch (const JsonError&) {
        misfit(statement, index, "JSON");
      }
  }
}

template <class Reading>
Value read_text(sqlite3_stmt* statement, int index, Reading reading, const char* wanted) {
  if (sqlite3_column_type(statement, index) != SQLITE_TEXT) misfit(statement, index, wanted);
  auto value = reading(text_of(statement, index));
  if (!value) misfit(statement, index, wanted);
  return *value;
}

}  // namespace

void bind(sqlite3_stmt* statement, int index, const Value& value) {
  const int status = std::visit(Binder{statement, index}, value);
  if (status == SQLITE_OK) return;
  if (status == SQLITE_TOOBIG) throw DataError("a value is larger than SQLite's limit");
  if (status == SQLITE_NOMEM) throw std::bad_alloc();
  throw ProgrammingError(std::string("cannot bind a parameter: ") + sqlite3_errstr(status));
}

Value read(sqlite3_stmt* statement, int index, const detail::Type* type) {
  if (sqlite3_column_type(statement, index) == SQLITE_NULL) return {};
  if (!type) return read_plain(statement, index);
  switch (type->kind) {
    case Kind::optional:
      return read(statement, index, &type->element());
    case Kind::boolean: {
      const auto number = sqlite3_column_int64(statement, index);
      const bool is_integer = sqlite3_column_type(statement, index) == SQLITE_INTEGER;
      if (!is_integer || (number != 0 && number != 1)) misfit(statement, index, "boolean");
      return number == 1;
    }
    case Kind::date_time:
      return read_text(
          statement, index,
          [](std::string_view text) -> std::optional<DateTime> {
            if (auto at = parse_civil(text)) return DateTime{*at};
            return {};
          },
          "date and time");
    case Kind::duration:
      return read_text(
          statement, index,
          [](std::string_view text) -> std::optional<Duration> {
            if (auto at = parse_civil(text)) return Duration{*at};
            return {};
          },
          "interval");
    case Kind::date:
      return read_text(statement, index, &parse_date, "date");
    case Kind::time:
      return read_text(
          statement, index,
          [](std::string_view text) -> std::optional<Time> {
            if (auto at = parse_clock(text)) return Time{.microseconds = *at};
            return {};
          },
          "time");
    case Kind::uuid:
      return read_uuid(statement, index);
    case Kind::decimal:
      return read_decimal(statement, index);
    case Kind::any:
      return read_json(statement, index);
    case Kind::list: {
      const bool is_text = sqlite3_column_type(statement, index) == SQLITE_TEXT;
      auto array = is_text ? parse_array(text_of(statement, index), *type) : std::nullopt;
      if (!array) misfit(statement, index, "array of such items");
      return std::move(*array);
    }
    default:
      return read_plain(statement, index);
  }
}

}  // namespace plinth::db

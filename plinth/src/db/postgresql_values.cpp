#include "db/postgresql_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>

#include "db/postgresql_binary.hpp"
#include "db/postgresql_types.hpp"
#include "json/utf8.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

using detail::Kind;
using formats::microseconds_per_day;

namespace {

// The bytes of one value, read from the left; what is too short is at fault for good.
class Bits {
 public:
  Bits(const char* data, int size) : data_(data), left_(static_cast<std::size_t>(size)) {}

  template <class Integer>
  Integer take() {
    Integer value{};
    if (left_ < sizeof value) {
      ok_ = false;
      left_ = 0;
      return value;
    }
    std::memcpy(&value, data_, sizeof value);
    data_ += sizeof value;
    left_ -= sizeof value;
    return big_endian(value);
  }
  std::string_view take_bytes(std::int32_t size) {
    if (size < 0 || left_ < static_cast<std::size_t>(size)) {
      ok_ = false;
      return {};
    }
    const std::string_view bytes(data_, static_cast<std::size_t>(size));
    data_ += size;
    left_ -= static_cast<std::size_t>(size);
    return bytes;
  }
  bool ok() const { return ok_; }

 private:
  const char* data_;
  std::size_t left_;
  bool ok_ = true;
};

struct Field {
  const char* column;
  Oid type;
  const char* data;
  int size;

  std::string_view bytes() const { return {data, static_cast<std::size_t>(size)}; }
  [[noreturn]] void misfit(const std::string& why) const {
    throw DatabaseError("column " + std::string(column) + " holds " + why);
  }
  template <class Integer>
  Integer number() const {
    Bits bits(data, size);
    const auto value = bits.take<Integer>();
    if (!bits.ok()) misfit("fewer bytes than its type has");
    return value;
  }
};

// Source: src/backend/utils/adt/numeric.c, numeric_send: digits of base 10000.
Decimal read_numeric(const Field& field) {
  Bits bits(field.data, field.size);
  const int count = bits.take<std::int16_t>();
  const int weight = bits.take<std::int16_t>();
  const auto sign = bits.take<std::uint16_t>();
  const int scale = bits.take<std::int16_t>();
  if (sign == 0xC000) field.misfit("NaN, which no Decimal holds");
  if (sign == 0xD000 || sign == 0xF000) field.misfit("an infinity, which no Decimal holds");
  if ((sign != 0 && sign != 0x4000) || count < 0 || scale < 0) field.misfit("a malformed number");
  std::string whole;
  std::string fraction;
  for (int i = 0; i <= std::max(weight, count - 1); ++i) {
    const int group = i < count ? bits.take<std::int16_t>() : 0;
    if (group < 0 || group > 9999) field.misfit("a malformed number");
    std::array<char, 4> digits{};
    for (int d = 3, rest = group; d >= 0; --d, rest /= 10) {
      digits[static_cast<std::size_t>(d)] = static_cast<char>('0' + rest % 10);
    }
    (i <= weight ? whole : fraction).append(digits.data(), 4);
  }
  if (!bits.ok()) field.misfit("a malformed number");
  if (weight < -1) fraction.insert(0, static_cast<std::size_t>(4 * (-1 - weight)), '0');
  fraction.resize(static_cast<std::size_t>(scale), '0');
  const auto first = whole.find_first_not_of('0');
  std::string text = sign == 0x4000 ? "-" : "";
  text += first == std::string::npos ? "0" : whole.substr(first);
  if (scale > 0) text += "." + fraction;
  return Decimal{std::move(text)};
}

DateTime read_timestamp(const Field& field) {
  const auto value = field.number<std::int64_t>();
  if (value == std::numeric_limits<std::int64_t>::max() ||
      value == std::numeric_limits<std::int64_t>::min()) {
    field.misfit("an infinite time");
  }
  if (value > std::numeric_limits<std::int64_t>::max() - epoch_microseconds) {
    field.misfit("a time after the year 9999");
  }
  return DateTime{value + epoch_microseconds};
}

Date read_date(const Field& field) {
  const auto value = field.number<std::int32_t>();
  if (value == std::numeric_limits<std::int32_t>::max() ||
      value == std::numeric_limits<std::int32_t>::min()) {
    field.misfit("an infinite date");
  }
  std::int32_t days = 0;
  if (__builtin_add_overflow(value, static_cast<std::int32_t>(epoch_days), &days)) {
    field.misfit("a date after the year 5881580");
  }
  return Date{days};
}

Duration read_interval(const Field& field) {
  Bits bits(field.data, field.size);
  const auto microseconds = bits.take<std::int64_t>();
  const auto days = bits.take<std::int32_t>();
  const auto months = bits.take<std::int32_t>();
  if (!bits.ok()) field.misfit("a malformed interval");
  if (months != 0) {
    field.misfit("an interval of " + std::to_string(months) +
                 " months, which have no length of their own; justify it in SQL");
  }
  std::int64_t total = 0;
  if (__builtin_mul_overflow(std::int64_t{days}, microseconds_per_day, &total) ||
      __builtin_add_overflow(total, microseconds, &total)) {
    field.misfit("an interval that is too long");
  }
  return Duration{total};
}

std::string read_text(const Field& field, std::string_view text) {
  if (!json::is_utf8(text)) field.misfit("a text that is not UTF-8");
  return std::string(text);
}

Value read_json(const Field& field, std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const JsonError&) {
    field.misfit("JSON that is too large or too deep");
  }
}

Value decode(const Field& field);

Value read_array(const Field& field) {
  Bits bits(field.data, field.size);
  const auto dimensions = bits.take<std::int32_t>();
  bits.take<std::int32_t>();  // whether it has a NULL
  const auto type = static_cast<Oid>(bits.take<std::uint32_t>());
  Array array;
  if (dimensions > 1) field.misfit("an array of several dimensions");
  if (dimensions == 0) return array;
  const auto count = bits.take<std::int32_t>();
  bits.take<std::int32_t>();  // the lower bound
  for (std::int32_t i = 0; i < count && bits.ok(); ++i) {
    const auto size = bits.take<std::int32_t>();
    auto& item = array.items.emplace_back();
    if (size < 0) continue;
    const auto bytes = bits.take_bytes(size);
    if (!bits.ok()) break;
    item.value = decode({field.column, type, bytes.data(), size});
  }
  if (!bits.ok()) field.misfit("a malformed array");
  return array;
}

// Types that extensions and users make: enums and the like are their text.
constexpr Oid first_made_type = 16'384;

Value decode(const Field& field) {
  switch (field.type) {
    case pg::boolean:
      return field.size == 1 && field.data[0] != 0;
    case pg::int2:
      return std::int64_t{field.number<std::int16_t>()};
    case pg::int4:
      return std::int64_t{field.number<std::int32_t>()};
    case pg::int8:
      return field.number<std::int64_t>();
    case pg::oid:
      return std::int64_t{field.number<std::uint32_t>()};
    case pg::float4:
      return double{std::bit_cast<float>(field.number<std::int32_t>())};
    case pg::float8:
      return std::bit_cast<double>(field.number<std::int64_t>());
    case pg::numeric:
      return read_numeric(field);
    case pg::bytea:
      return Bytes{std::string(field.bytes())};
    case pg::timestamp:
    case pg::timestamptz:
      return read_timestamp(field);
    case pg::date:
      return read_date(field);
    case pg::time:
      return Time{.microseconds = field.number<std::int64_t>()};
    case pg::interval:
      return read_interval(field);
    case pg::uuid: {
      if (field.size != 16) field.misfit("a malformed UUID");
      Uuid uuid;
      std::memcpy(uuid.bytes.data(), field.data, 16);
      return uuid;
    }
    case pg::json:
      return read_json(field, field.bytes());
    case pg::jsonb:
      return read_json(field, field.bytes().substr(field.size > 0 ? 1 : 0));  // its version
    case pg::void_:
      return {};
    case pg::char_:
    case pg::name:
    case pg::text:
    case pg::varchar:
    case pg::bpchar:
    case pg::xml:
    case pg::unknown:
      return read_text(field, field.bytes());
    default:
      break;
  }
  if (pg::is_array(field.type)) return read_array(field);
  if (field.type < first_made_type) {
    field.misfit("a type that is not read (number " + std::to_string(field.type) +
                 "); cast it in SQL, to text for one");
  }
  return read_text(field, field.bytes());
}

// PostgreSQL widens what it computes: sum(bigint) is numeric, and so is avg(integer).
Value converted(const Field& field, Value value, Kind wanted) {
  if (const auto* decimal = std::get_if<Decimal>(&value)) {
    const auto& text = decimal->text;
    const char* end = text.data() + text.size();
    if (wanted == Kind::float32 || wanted == Kind::float64) {
      double number = 0;
      std::from_chars(text.data(), end, number);
      return number;
    }
    if (wanted >= Kind::int8 && wanted <= Kind::uint64) {
      std::int64_t number = 0;
      const auto [stop, error] = std::from_chars(text.data(), end, number);
      const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
      if (error != std::errc() || rest.find_first_not_of(".0") != std::string_view::npos) {
        field.misfit("the number " + text + ", which is no integer of 64 bits");
      }
      return number;
    }
  }
  if (const auto* integer = std::get_if<std::int64_t>(&value); integer && wanted == Kind::decimal) {
    return Decimal{std::to_string(*integer)};
  }
  return value;
}

}  // namespace

Value read(const PGresult* result, int row, int column, const detail::Type* type) {
  if (PQgetisnull(result, row, column) != 0) return {};
  const Field field{PQfname(result, column), PQftype(result, column),
                    PQgetvalue(result, row, column), PQgetlength(result, row, column)};
  if (!type) return decode(field);
  if (type->kind == Kind::optional) type = &type->element();
  // An array of enums has a number that its own database gave it.
  if (type->kind == Kind::list && field.type >= first_made_type) return read_array(field);
  auto value = decode(field);
  return converted(field, std::move(value), type->kind);
}

}  // namespace plinth::db

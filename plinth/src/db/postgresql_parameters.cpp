#include "db/postgresql_parameters.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "db/postgresql_binary.hpp"
#include "db/postgresql_types.hpp"
#include "formats/calendar.hpp"

namespace plinth::db {

using formats::microseconds_per_day;

namespace {

template <class Integer>
void append(std::string& out, Integer value) {
  const Integer bytes = big_endian(value);
  std::array<char, sizeof bytes> raw{};
  std::memcpy(raw.data(), &bytes, sizeof bytes);
  out.append(raw.data(), raw.size());
}

// ---- Arrays as text, "{1,NULL,\"a \\\"b\\\"\"}": their type is inferred, so also that of items.

void append_item(std::string& out, const Value& value);

void append_quoted_text(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_array(std::string& out, const Array& array) {
  out += '{';
  for (std::size_t i = 0; i < array.items.size(); ++i) {
    if (i > 0) out += ',';
    append_item(out, array.items[i].value);
  }
  out += '}';
}

std::string interval_text(std::int64_t microseconds) {
  return std::to_string(microseconds) + " microseconds";
}

void append_item(std::string& out, const Value& value) {
  struct Text {
    std::string& out;
    void operator()(std::monostate) const { out += "NULL"; }
    void operator()(bool held) const { out += held ? 't' : 'f'; }
    void operator()(std::int64_t held) const { out += std::to_string(held); }
    void operator()(double held) const {
      std::array<char, 32> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), held).ptr;
      out.append(digits.data(), end);
    }
    void operator()(const std::string& held) const { append_quoted_text(out, held); }
    void operator()(const Bytes& held) const {
      constexpr char hex[] = "0123456789abcdef";
      out += "\"\\\\x";
      for (char c : held.data) {
        out += hex[static_cast<unsigned char>(c) >> 4];
        out += hex[static_cast<unsigned char>(c) & 15];
      }
      out += '"';
    }
    void operator()(const DateTime& held) const {
      append_quoted_text(out, DateTime{held.microseconds}.iso());
    }
    void operator()(const Date& held) const { out += held.iso(); }
    void operator()(const Time& held) const { append_quoted_text(out, held.iso()); }
    void operator()(const Duration& held) const {
      append_quoted_text(out, interval_text(held.microseconds));
    }
    void operator()(const Uuid& held) const { out += held.str(); }
    void operator()(const Decimal& held) const { out += held.text; }
    void operator()(const Json& held) const { append_quoted_text(out, held.dump()); }
    void operator()(const Array& held) const { append_array(out, held); }
  };
  std::visit(Text{out}, value);
}

}  // namespace

Oid declared_type(const Value& value) {
  constexpr std::array<Oid, std::variant_size_v<Value>> types{
      0,        pg::boolean, pg::int8,     pg::float8, 0,           pg::bytea, pg::timestamptz,
      pg::date, pg::time,    pg::interval, pg::uuid,   pg::numeric, 0,         0};
  return types[value.index()];
}

// One value: bytes of its own, or a view of the value's.
struct PostgresqlParameters::Writer {
  PostgresqlParameters& to;

  void binary(std::size_t offset) const {
    to.values_.push_back(nullptr);  // set when the buffer has its place
    to.offsets_.push_back(offset);
    to.lengths_.push_back(static_cast<int>(to.buffer_.size() - offset));
    to.formats_.push_back(1);
  }
  template <class Integer>
  void number(Integer value) const {
    const auto offset = to.buffer_.size();
    append(to.buffer_, value);
    binary(offset);
  }
  void view(const char* data, std::size_t size, int format) const {
    to.values_.push_back(data);
    to.offsets_.push_back(npos);
    to.lengths_.push_back(static_cast<int>(size));
    to.formats_.push_back(format);
  }
  // Text ends with NUL for libpq.
  void text(const std::string& made) const {
    const auto offset = to.buffer_.size();
    to.buffer_ += made;
    to.buffer_ += '\0';
    to.values_.push_back(nullptr);
    to.offsets_.push_back(offset);
    to.lengths_.push_back(0);
    to.formats_.push_back(0);
  }

  void operator()(std::monostate) const { view(nullptr, 0, 1); }
  void operator()(bool value) const {
    const auto offset = to.buffer_.size();
    to.buffer_ += value ? '\1' : '\0';
    binary(offset);
  }
  void operator()(std::int64_t value) const { number(value); }
  void operator()(double value) const { number(std::bit_cast<std::int64_t>(value)); }
  // As text also for what is no text: PostgreSQL reads it as the type that it infers.
  void operator()(const std::string& value) const { view(value.c_str(), 0, 0); }
  void operator()(const Bytes& value) const { view(value.data.data(), value.data.size(), 1); }
  void operator()(const DateTime& value) const { number(value.microseconds - epoch_microseconds); }
  void operator()(const Date& value) const {
    number(static_cast<std::int32_t>(value.days - epoch_days));
  }
  void operator()(const Time& value) const { number(value.microseconds); }
  void operator()(const Duration& value) const {
    const auto days = formats::floor_divide(value.microseconds, microseconds_per_day);
    auto rest = value.microseconds % microseconds_per_day;
    if (rest < 0) rest += microseconds_per_day;
    const auto offset = to.buffer_.size();
    append(to.buffer_, rest);
    append(to.buffer_, static_cast<std::int32_t>(days));
    append(to.buffer_, std::int32_t{0});
    binary(offset);
  }
  void operator()(const Uuid& value) const {
    view(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size(), 1);
  }
  void operator()(const Decimal& value) const { view(value.text.c_str(), 0, 0); }
  void operator()(const Json& value) const { text(value.dump()); }
  void operator()(const Array& value) const {
    std::string made;
    append_array(made, value);
    text(made);
  }

  static constexpr auto npos = static_cast<std::size_t>(-1);
};

void PostgresqlParameters::assign(std::span<const Value> values) {
  types_.clear();
  values_.clear();
  lengths_.clear();
  formats_.clear();
  offsets_.clear();
  buffer_.clear();
  const Writer writer{*this};
  for (const Value& value : values) {
    types_.push_back(declared_type(value));
    std::visit(writer, value);
  }
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (offsets_[i] != Writer::npos) values_[i] = buffer_.data() + offsets_[i];
  }
}

}  // namespace plinth::db

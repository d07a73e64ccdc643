// Values as SQL, safely: a text is quoted whatever it holds.
#include <charconv>
#include <cmath>

#include "db/civil_text.hpp"
#include "migrate/sql.hpp"

namespace plinth::migrate {

using db::Dialect;

namespace {

std::string hex_of(std::string_view bytes) {
  std::string text;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string without_dashes(std::string text) {
  std::erase(text, '-');
  return text;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string::npos;
}

struct LiteralSql {
  Dialect dialect;

  bool sqlite() const { return dialect == Dialect::sqlite; }
  std::string text(const std::string& value) const { return quoted_text(value, dialect); }

  std::string operator()(std::monostate) const { return "NULL"; }
  std::string operator()(bool value) const {
    if (sqlite()) return value ? "1" : "0";
    return value ? "true" : "false";
  }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const {
    if (!std::isfinite(value)) {
      if (sqlite()) throw std::logic_error("SQLite cannot store NaN or infinity");
      if (std::isnan(value)) return "'NaN'";
      return value > 0 ? "'Infinity'" : "'-Infinity'";
    }
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    std::string shown(digits, end);
    if (shown.find_first_of(".e") == std::string::npos) shown += ".0";
    return shown;
  }
  std::string operator()(const std::string& value) const { return text(value); }
  std::string operator()(const Bytes& value) const {
    return sqlite() ? "X'" + hex_of(value.data) + "'" : "E'\\\\x" + hex_of(value.data) + "'";
  }
  std::string operator()(const DateTime& value) const {
    return "'" + db::civil_text(value.microseconds) + (sqlite() ? "'" : "+00'");
  }
  std::string operator()(const Date& value) const { return "'" + value.iso() + "'"; }
  std::string operator()(const Time& value) const {
    return "'" + db::clock_text(value.microseconds) + "'";
  }
  std::string operator()(const Duration& value) const {
    if (sqlite()) return "'" + db::civil_text(value.microseconds) + "'";
    return "'" + std::to_string(value.microseconds) + " microseconds'";
  }
  std::string operator()(const Uuid& value) const {
    return "'" + (sqlite() ? without_dashes(value.str()) : value.str()) + "'";
  }
  std::string operator()(const Decimal& value) const {
    return is_number(value.text) ? value.text : text(value.text);
  }
  std::string operator()(const Json& value) const { return text(value.dump()); }
  std::string operator()(const db::Array& value) const {
    if (sqlite()) throw std::logic_error("SQLite has no arrays");
    std::string items;
    for (const auto& item : value.items) {
      items += (items.empty() ? "" : ", ") + literal_sql(item.value, dialect);
    }
    // Without items an array has no type of its own.
    return items.empty() ? "'{}'" : "ARRAY[" + items + "]";
  }
};

}  // namespace

// A backslash is itself, whatever standard_conforming_strings is set to.
std::string quoted_text(const std::string& text, Dialect dialect) {
  if (text.find('\0') != std::string::npos) {
    throw std::logic_error("a text with a NUL character cannot be stored");
  }
  const bool escapes = dialect == Dialect::postgresql && text.find('\\') != std::string::npos;
  std::string sql = escapes ? "E'" : "'";
  for (char c : text) {
    if (c == '\'' || (escapes && c == '\\')) sql += c;
    sql += c;
  }
  return sql + "'";
}

std::string literal_sql(const db::Value& value, Dialect dialect) {
  return std::visit(LiteralSql{dialect}, value);
}

}  // namespace plinth::migrate

#include "schema/python_text.hpp"

#include <cmath>

#include "json/writer.hpp"

namespace plinth::schema {

using detail::Kind;
using detail::Rules;
using detail::Type;

std::string python_repr(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  bool use_double = text.find('\'') != text.npos && text.find('"') == text.npos;
  char quote = use_double ? '"' : '\'';
  std::string out(1, quote);
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', hex[byte >> 4], hex[byte & 0xF]};
    } else {
      out += c;
    }
  }
  return out + quote;
}

namespace {

std::string python_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::string text;
  json::append_float(text, value, json::Floats::python);
  return text;
}

std::string repr_of(const json::Node& value) {
  if (value.is_string()) return python_repr(value.string());
  if (value.is_array()) {
    std::string out = "[";
    for (const auto& item : value.items()) out += (out.size() > 1 ? ", " : "") + repr_of(item);
    return out + "]";
  }
  if (value.is_object()) {
    std::string out = "{";
    for (const auto& [key, item] : value.members()) {
      if (out.size() > 1) out += ", ";
      out += python_repr(key.string()) + ": " + repr_of(item);
    }
    return out + "}";
  }
  return python_str(value);
}

}  // namespace

std::string python_str(const json::Node& value) {
  switch (value.kind()) {
    case json::Kind::null:
      return "None";
    case json::Kind::boolean:
      return value.boolean() ? "True" : "False";
    case json::Kind::integer:
      return std::to_string(value.integer());
    case json::Kind::big_integer:
      return std::string(value.literal());
    case json::Kind::number:
      return python_number(value.number());
    case json::Kind::string:
      return std::string(value.string());
    case json::Kind::array:
    case json::Kind::object:
      return repr_of(value);
  }
  return {};
}

std::string expected_values(const Type& type) {
  std::string out;
  std::size_t left = type.enumerators.size();
  for (const auto& row : type.enumerators) {
    out += type.integer_enum ? std::to_string(row.value) : python_repr(row.name);
    --left;
    if (left > 1) out += ", ";
    if (left == 1) out += " or ";
  }
  return out;
}

std::string class_name(const Type& type) {
  std::string out(type.name);
  if (type.arguments.empty()) return out;
  out += '[';
  for (std::size_t i = 0; i < type.arguments.size(); ++i) {
    if (i > 0) out += ", ";
    out += union_label(type.arguments[i]());
  }
  return out + "]";
}

namespace {

std::string join(std::string_view head, std::span<const detail::TypeFn> types,
                 std::string_view comma) {
  std::string out = std::string(head) + "[";
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i > 0) out += comma;
    out += union_label(types[i]());
  }
  return out + "]";
}

std::string literal_label(const Type& type) {
  std::string out = "literal[";
  for (std::size_t i = 0; i < type.enumerators.size(); ++i) {
    if (i > 0) out += ',';
    out += python_repr(type.enumerators[i].name);
  }
  return out + "]";
}

std::string number_label(const Type& type, std::string_view name) {
  const Rules* rules = type.rules;
  bool constrained =
      rules != nullptr && (rules->gt.present || rules->ge.present || rules->lt.present ||
                           rules->le.present || rules->multiple_of.present);
  return (constrained ? "constrained-" : "") + std::string(name);
}

std::string text_label(const Type& type, std::string_view name) {
  const Rules* rules = type.rules;
  bool constrained = rules != nullptr &&
                     (rules->min_length >= 0 || rules->max_length >= 0 || !rules->pattern.empty() ||
                      rules->strip_whitespace || rules->to_lower || rules->to_upper);
  return (constrained ? "constrained-" : "") + std::string(name);
}

}  // namespace

std::string union_label(const Type& type) {
  switch (type.kind) {
    case Kind::boolean:
      return "bool";
    case Kind::int8:
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
    case Kind::uint8:
    case Kind::uint16:
    case Kind::uint32:
    case Kind::uint64:
      return number_label(type, "int");
    case Kind::float32:
    case Kind::float64:
      return number_label(type, "float");
    case Kind::string:
      return text_label(type, "str");
    case Kind::bytes:
      return text_label(type, "bytes");
    case Kind::email:
      return "function-after[_validate(), str]";
    case Kind::url:
      return "function-wrap[wrap_val()]";
    case Kind::secret:
      return "function-after[SecretStr(), str]";
    case Kind::date_time:
      return "datetime";
    case Kind::date:
      return "date";
    case Kind::time:
      return "time";
    case Kind::duration:
      return "timedelta";
    case Kind::uuid:
      return "uuid";
    case Kind::decimal:
      return "decimal";
    case Kind::any:
      return "any";
    case Kind::enumeration:
      return (type.integer_enum ? "int-enum[" : "str-enum[") + std::string(type.name) + "]";
    case Kind::literal:
      return literal_label(type);
    case Kind::optional:
      return "nullable[" + union_label(type.element()) + "]";
    case Kind::list:
      return "list[" + union_label(type.element()) + "]";
    case Kind::set:
      return "set[" + union_label(type.element()) + "]";
    case Kind::map:
      return "dict[" + union_label(type.key()) + "," + union_label(type.element()) + "]";
    case Kind::tuple:
      return join("tuple", type.alternatives, ", ");
    case Kind::variant: {
      bool tagged = type.rules != nullptr && !type.rules->discriminator.empty();
      return join(tagged ? "tagged-union" : "union", type.alternatives, ",");
    }
    case Kind::object:
      return class_name(type);
    case Kind::none:
      return "none";
  }
  return {};
}

}  // namespace plinth::schema

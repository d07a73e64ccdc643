#include "schema_values.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace app {

using plinth::Json;
using Kind = Json::Kind;

namespace {

constexpr std::string_view components = "#/components/schemas/";

std::int64_t limit(const Json& schema, std::string_view name, std::int64_t otherwise) {
  const auto* found = schema.find(name);
  return found ? static_cast<std::int64_t>(found->number()) : otherwise;
}

bool is_number(const Json& value) {
  return value.kind() == Kind::integer || value.kind() == Kind::big_integer ||
         value.kind() == Kind::number;
}

bool is_of_type(const Json& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.kind() == Kind::boolean;
  if (type == "null") return value.is_null();
  if (type == "integer") return value.kind() == Kind::integer || value.kind() == Kind::big_integer;
  return type == "number" && is_number(value);
}

}  // namespace

const Json& SchemaValues::resolved(const Json& schema) const {
  const auto* reference = schema.find("$ref");
  if (!reference)
    return schema;  // NOLINT(bugprone-return-const-ref-from-parameter): the document's
  const std::string_view name = std::string_view(reference->str()).substr(components.size());
  return resolved(document_["components"]["schemas"][name]);
}

std::string SchemaValues::good_text(const Json& schema) {
  const auto* format = schema.find("format");
  const auto number = std::to_string(random_() % 1000);
  if (format && *format == "email") return "user" + number + "@example.com";
  if (format && *format == "date-time") return "2026-11-26T10:00:00Z";
  if (format && *format == "uuid") return "01234567-89ab-4def-8123-456789abcdef";
  if (format && *format == "uri") return "https://example.com/" + number;
  const auto least = static_cast<std::size_t>(limit(schema, "minLength", 0));
  const auto most = static_cast<std::size_t>(limit(schema, "maxLength", 40));
  auto text = "word " + number + std::string(least, 'x');
  text.resize(std::clamp(text.size(), least, std::max(least, most)));
  return text;
}

Json SchemaValues::good(const Json& asked, int depth) {
  const auto& schema = resolved(asked);
  for (const auto* choice : {"anyOf", "oneOf"}) {
    if (const auto* choices = schema.find(choice)) {
      return good((*choices)[pick(choices->size())], depth);
    }
  }
  if (const auto* constant = schema.find("const")) return *constant;
  if (const auto* values = schema.find("enum")) return (*values)[pick(values->size())];
  const auto* type = schema.find("type");
  if (!type) return wild(3);
  if (*type == "string") return good_text(schema);
  if (*type == "boolean") return pick(2) == 0;
  if (*type == "null") return nullptr;
  if (*type == "integer" || *type == "number") {
    const auto least = limit(schema, "minimum", limit(schema, "exclusiveMinimum", -1) + 1);
    const auto most = std::max(least, limit(schema, "maximum", least + 1000));
    return least + static_cast<std::int64_t>(random_() % static_cast<unsigned>(most - least + 1));
  }
  if (*type == "array") {
    Json items{Json::Array{}};
    for (auto count = depth < 4 ? pick(3) : 0; count-- > 0;) {
      items.push_back(good(schema["items"], depth + 1));
    }
    return items;
  }
  Json object{Json::Object{}};
  const auto* properties = schema.find("properties");
  if (!properties) return object;
  std::vector<std::string> required;
  if (const auto* names = schema.find("required")) {
    for (const auto& name : names->items()) required.push_back(name.str());
  }
  for (const auto& [name, property] : properties->members()) {
    const bool is_required = std::ranges::find(required, name) != required.end();
    if (is_required || pick(2) == 0) object[name] = good(property, depth + 1);
  }
  return object;
}

std::string SchemaValues::hostile_text() {
  static const std::array<std::string, 16> texts = {
      "",
      std::string("a\0b", 3),
      "' OR '1'='1",
      "\"; DROP TABLE users; --",
      "../../../../etc/passwd",
      "%00%ff%zz",
      "\xf0\x9f\x92\xa9\xe2\x80\xae",
      "\r\nSet-Cookie: a=b",
      std::string(70'000, 'A'),
      "99999999999999999999999999",
      "-1",
      "NaN",
      "1e309",
      "{{7*7}}${7*7}",
      "a@b@c",
      "\xed\x9f\xbf\xef\xbf\xbf",
  };
  return texts[pick(texts.size())];
}

Json SchemaValues::wild(int depth) {
  switch (pick(depth < 4 ? 9 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return pick(2) == 0;
    case 2:
      return static_cast<std::int64_t>(random_());
    case 3:
      return 1e300 * static_cast<double>(pick(3));
    case 4:
      return Json::big_integer("1" + std::string(pick(200) + 20, '0'));
    case 5:
    case 6:
      return hostile_text();
    case 7: {
      Json items{Json::Array{}};
      for (auto count = pick(4); count-- > 0;) items.push_back(wild(depth + 1));
      return items;
    }
    default: {
      Json object{Json::Object{}};
      for (auto count = pick(4); count-- > 0;) object[hostile_text()] = wild(depth + 1);
      return object;
    }
  }
}

Json SchemaValues::spoiled(const Json& schema) {
  auto value = good(schema);
  if (!value.is_object() || value.size() == 0 || pick(6) == 0) return wild();
  auto& members = value.members();
  const auto at = pick(members.size());
  switch (pick(4)) {
    case 0:
      members.erase(members.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      members.emplace_back("role", "admin");
      members.emplace_back("hashed_password", wild());
      break;
    case 2:
      members[at].second = hostile_text();
      break;
    default:
      members[at].second = wild();
  }
  return value;
}

std::string SchemaValues::fault(const Json& asked, const Json& value, const std::string& at) const {
  const auto& schema = resolved(asked);
  for (const auto* choice : {"anyOf", "oneOf"}) {
    const auto* choices = schema.find(choice);
    if (!choices) continue;
    const auto& list = choices->items();
    const bool fits =
        std::ranges::any_of(list, [&](const Json& one) { return fault(one, value, at).empty(); });
    return fits ? "" : at + " is none of its choices";
  }
  if (const auto* constant = schema.find("const"); constant && value != *constant) {
    return at + " is not its constant";
  }
  if (const auto* values = schema.find("enum")) {
    const auto& list = values->items();
    if (std::ranges::find(list, value) == list.end()) return at + " is not in its enum";
  }
  const auto* type = schema.find("type");
  if (!type) return "";
  if (!is_of_type(value, type->str())) return at + " is no " + type->str();
  if (value.is_string()) {
    const auto size = static_cast<std::int64_t>(value.str().size());
    if (size < limit(schema, "minLength", 0)) return at + " is too short";
    if (size > 4 * limit(schema, "maxLength", size)) return at + " is too long";
  }
  if (is_number(value) && value.number() < static_cast<double>(limit(schema, "minimum", INT64_MIN)))
    return at + " is too small";
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      auto found = fault(schema["items"], value[i], at + "[" + std::to_string(i) + "]");
      if (!found.empty()) return found;
    }
  }
  return value.is_object() ? fault_of_object(schema, value, at) : "";
}

std::string SchemaValues::fault_of_object(const Json& schema, const Json& value,
                                          const std::string& at) const {
  if (const auto* required = schema.find("required")) {
    for (const auto& name : required->items()) {
      if (!value.contains(name.str())) return at + " lacks " + name.str();
    }
  }
  const auto* properties = schema.find("properties");
  if (!properties) return "";
  for (const auto& [name, member] : value.members()) {
    const auto* property = properties->find(name);
    if (!property) return at + " has " + name + ", which is not declared";
    auto found = fault(*property, member, at + "." + name);
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace app

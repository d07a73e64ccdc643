// Source: pydantic 2.13, json_schema.py (GenerateJsonSchema).
#include "schema/schema_writer.hpp"

#include <algorithm>
#include <utility>

#include "json/writer.hpp"
#include "schema/python_text.hpp"

namespace plinth::schema {

using detail::Bound;
using detail::Kind;
using detail::Rules;
using detail::Type;

namespace {

constexpr Rules no_rules;

Json of_type(std::string_view name) { return Json::object({{"type", name}}); }

Json of_format(std::string_view format) {
  return Json::object({{"type", "string"}, {"format", format}});
}

void put_bound(Json& schema, std::string_view key, const Bound& bound) {
  if (!bound.present) return;
  schema[key] = bound.is_integer ? Json(bound.integer) : Json(bound.number);
}

void put_bounds(Json& schema, const Rules& rules) {
  put_bound(schema, "multipleOf", rules.multiple_of);
  put_bound(schema, "maximum", rules.le);
  put_bound(schema, "minimum", rules.ge);
  put_bound(schema, "exclusiveMaximum", rules.lt);
  put_bound(schema, "exclusiveMinimum", rules.gt);
}

void put_lengths(Json& schema, const Rules& rules, std::string_view least, std::string_view most) {
  if (rules.min_length >= 0) schema[least] = Json(rules.min_length);
  if (rules.max_length >= 0) schema[most] = Json(rules.max_length);
}

Json values_of(const Type& type) {
  Json values{Json::Array{}};
  for (const auto& row : type.enumerators) {
    values.push_back(type.integer_enum ? Json(row.value) : Json(row.name));
  }
  return values;
}

// anyOf, flat and without repeats; one schema stands for itself.
Json any_of(const Json::Array& schemas) {
  Json members{Json::Array{}};
  auto add = [&](const Json& schema) {
    const auto& known = members.items();
    if (std::find(known.begin(), known.end(), schema) == known.end()) members.push_back(schema);
  };
  for (const auto& schema : schemas) {
    const Json* inner = schema.size() == 1 ? schema.find("anyOf") : nullptr;
    if (inner == nullptr) {
      add(schema);
    } else {
      for (const auto& item : inner->items()) add(item);
    }
  }
  if (members.size() == 1) return members.items().front();
  return Json::object({{"anyOf", members}});
}

std::string decimal_pattern(std::int32_t max_digits, std::int32_t places) {
  auto count = [](std::int32_t number) { return std::to_string(number); };
  std::string pattern = R"(^(?!^[-+.]*$)[+-]?0*)";
  if (max_digits >= 0) {
    std::string whole = count(places >= 0 ? std::max(0, max_digits - places) : max_digits);
    std::string parts =
        places >= 0 ? "\\d{0," + whole + "}\\.\\d{0," + count(places) + "}0*$" : R"(\d*\.\d*0*$)";
    return pattern + "(?:\\d{0," + whole + "}|(?=[\\d.]{1," + count(max_digits + 1) + "}0*$)" +
           parts + ")";
  }
  if (places >= 0) return pattern + "\\d*\\.?\\d{0," + count(places) + "}0*$";
  return pattern + R"(\d*\.?\d*$)";
}

Bound as_float(Bound bound) {
  bound.is_integer = false;
  return bound;
}

// What a member's rules say of it, for it or for the T of an optional<T>.
const Rules& rules_of_member(const Type& type) {
  if (type.rules != nullptr) return *type.rules;
  if (type.kind == Kind::optional && type.element().rules != nullptr) return *type.element().rules;
  return no_rules;
}

void put_annotations(Json& schema, const Rules& rules) {
  if (!rules.title.empty()) schema["title"] = Json(rules.title);
  if (!rules.description.empty()) schema["description"] = Json(rules.description);
  if (rules.deprecated) schema["deprecated"] = Json(true);
  if (!rules.example.empty()) schema["examples"] = Json::array({Json::parse(rules.example)});
  if (rules.default_json == nullptr || rules.default_is_made) return;
  // FastAPI leaves out what is null.
  if (Json value = Json::parse(rules.default_json()); !value.is_null()) schema["default"] = value;
}

}  // namespace

Json SchemaWriter::annotated(const Type& type, std::string_view title) const {
  Json schema = plain(type, nullptr);
  put_annotations(schema, rules_of_member(type));
  if (!title.empty() && !schema.contains("title")) schema["title"] = Json(title);
  return schema;
}

bool SchemaWriter::takes_title(const Type& type) {
  if (type.kind == Kind::optional) return takes_title(type.element());
  return type.kind != Kind::object && type.kind != Kind::enumeration;
}

Json SchemaWriter::plain(const Type& type, const Rules* inherited) const {
  const Rules& rules = type.rules != nullptr  ? *type.rules
                       : inherited != nullptr ? *inherited
                                              : no_rules;
  switch (type.kind) {
    case Kind::boolean:
      return of_type("boolean");
    case Kind::int8:
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
    case Kind::uint8:
    case Kind::uint16:
    case Kind::uint32:
    case Kind::uint64:
      return number("integer", type, rules);
    case Kind::float32:
    case Kind::float64:
      return number("number", type, rules);
    case Kind::decimal:
      return decimal(rules);
    case Kind::any:
      return Json(Json::Object{});
    case Kind::enumeration:
    case Kind::object:
      return reference(type);
    case Kind::optional:
      return optional(type, rules);
    case Kind::list:
    case Kind::set:
      return list(type, rules);
    case Kind::map:
      return map(type, rules);
    case Kind::tuple:
      return tuple(type);
    case Kind::variant:
      return variant(type, rules);
    case Kind::none:
      return of_type("null");
    case Kind::literal: {
      Json values = values_of(type);
      if (values.size() == 1)
        return Json::object({{"const", values.items().front()}, {"type", "string"}});
      return Json::object({{"enum", values}, {"type", "string"}});
    }
    default:
      return text(type, rules);
  }
}

Json SchemaWriter::number(std::string_view name, const Type& type, const Rules& rules) const {
  Json schema = of_type(name);
  put_bounds(schema, rules);
  bool is_unsigned = type.kind >= Kind::uint8 && type.kind <= Kind::uint64;
  if (is_unsigned && !rules.ge.present && !rules.gt.present) schema["minimum"] = Json(0);
  return schema;
}

// In as number or text, out as text.
Json SchemaWriter::decimal(const Rules& rules) const {
  Json as_text = Json::object(
      {{"type", "string"}, {"pattern", decimal_pattern(rules.max_digits, rules.decimal_places)}});
  if (usage_ == Usage::output) return as_text;
  Json as_number = of_type("number");
  put_bound(as_number, "multipleOf", as_float(rules.multiple_of));
  put_bound(as_number, "maximum", as_float(rules.le));
  put_bound(as_number, "minimum", as_float(rules.ge));
  put_bound(as_number, "exclusiveMaximum", as_float(rules.lt));
  put_bound(as_number, "exclusiveMinimum", as_float(rules.gt));
  return any_of({as_number, as_text});
}

Json SchemaWriter::text(const Type& type, const Rules& rules) const {
  Json schema = of_type("string");
  switch (type.kind) {
    case Kind::bytes:
      schema["contentMediaType"] = Json("application/octet-stream");
      break;
    case Kind::email:
      schema = of_format("email");
      break;
    case Kind::url:
      schema = of_format("uri");
      schema["minLength"] = Json(1);
      schema["maxLength"] = Json(2083);
      break;
    case Kind::secret:
      schema["writeOnly"] = Json(true);
      schema["format"] = Json("password");
      break;
    case Kind::date_time:
      return of_format("date-time");
    case Kind::date:
      return of_format("date");
    case Kind::time:
      return of_format("time");
    case Kind::duration:
      return of_format("duration");
    case Kind::uuid:
      return of_format("uuid");
    default:
      break;
  }
  put_lengths(schema, rules, "minLength", "maxLength");
  if (!rules.pattern.empty()) schema["pattern"] = Json(rules.pattern);
  if (!rules.format.empty()) schema["format"] = Json(rules.format);
  return schema;
}

Json SchemaWriter::list(const Type& type, const Rules& rules) const {
  Json schema = of_type("array");
  if (type.kind == Kind::set) schema["uniqueItems"] = Json(true);
  schema["items"] = annotated(type.element(), {});
  put_lengths(schema, rules, "minItems", "maxItems");
  return schema;
}

Json SchemaWriter::map(const Type& type, const Rules& rules) const {
  Json schema = of_type("object");
  Json keys = plain(type.key(), nullptr);
  Json values = annotated(type.element(), {});
  const Json* pattern = keys.find("pattern");
  if (pattern != nullptr) {
    schema["patternProperties"] = Json::object({{pattern->str(), values}});
  } else {
    schema["additionalProperties"] = values.size() == 0 ? Json(true) : values;
  }
  Json names{Json::Object{}};
  for (const auto& [key, value] : keys.members()) {
    if (key != "type" && key != "pattern") names[key] = value;
  }
  bool constrained = keys.contains("$ref") ||
                     (keys.contains("type") && names.size() > 0 && keys["type"] == Json("string"));
  if (constrained) schema["propertyNames"] = names;
  put_lengths(schema, rules, "minProperties", "maxProperties");
  return schema;
}

Json SchemaWriter::tuple(const Type& type) const {
  Json items{Json::Array{}};
  for (auto item : type.alternatives) items.push_back(annotated(item(), {}));
  auto count = static_cast<std::int64_t>(items.size());
  return Json::object(
      {{"type", "array"}, {"prefixItems", items}, {"minItems", count}, {"maxItems", count}});
}

Json SchemaWriter::variant(const Type& type, const Rules& rules) const {
  if (!rules.discriminator.empty()) return tagged(type, rules.discriminator);
  Json::Array choices;
  for (auto alternative : type.alternatives) choices.push_back(annotated(alternative(), {}));
  return any_of(choices);
}

Json SchemaWriter::tagged(const Type& type, std::string_view discriminator) const {
  Json choices{Json::Array{}};
  Json mapping{Json::Object{}};
  std::string_view property = discriminator;
  for (auto alternative : type.alternatives) {
    Json choice = reference(alternative());
    for (const auto& member : alternative().members) {
      if (member.name != discriminator && member.wire != discriminator) continue;
      property = member.wire;
      for (const auto& row : member.resolved->enumerators) mapping[row.name] = choice["$ref"];
    }
    choices.push_back(choice);
  }
  return Json::object(
      {{"oneOf", choices},
       {"discriminator", Json::object({{"propertyName", property}, {"mapping", mapping}})}});
}

Json SchemaWriter::optional(const Type& type, const Rules& rules) const {
  Json inner = plain(type.element(), &rules);
  if (inner.size() == 0) return inner;  // anything, so null too
  return any_of({inner, of_type("null")});
}

Json SchemaWriter::reference(const Type& type) const {
  const auto& definition = definitions_.definitions_[definitions_.index_of(type)];
  const auto& name = definition.name[static_cast<std::size_t>(usage_)];
  return Json::object({{"$ref", "#/components/schemas/" + name}});
}

Json SchemaWriter::definition(const Type& type) const {
  if (type.kind == Kind::object) return object(type);
  return Json::object({{"type", type.integer_enum ? "integer" : "string"},
                       {"enum", values_of(type)},
                       {"title", type.name}});
}

Json SchemaWriter::object(const Type& type) const {
  Json properties{Json::Object{}};
  Json required{Json::Array{}};
  for (const auto& row : type.members) {
    const Type& member = *row.resolved;
    bool hidden = row.rules != nullptr && row.rules->exclude && usage_ == Usage::output;
    if (hidden) continue;
    properties[row.wire] =
        annotated(member, takes_title(member) ? title_of(row.wire) : std::string());
    if (member.required()) required.push_back(Json(row.wire));
  }
  Json schema = Json::object({{"properties", properties}});
  if (required.size() > 0) schema["required"] = required;
  if (type.forbid_extra) schema["additionalProperties"] = Json(false);
  schema["title"] = Json(type.title.empty() ? class_name(type) : std::string(type.title));
  schema["type"] = Json("object");
  if (!type.description.empty()) schema["description"] = Json(type.description);
  return schema;
}

}  // namespace plinth::schema

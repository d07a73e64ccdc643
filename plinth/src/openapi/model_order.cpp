#include "openapi/model_order.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace plinth::openapi {
namespace {

using Names = std::span<const std::string_view>;

// Source: FastAPI 0.143, fastapi/openapi/models.py
constexpr std::string_view schema_members[] = {"$schema",
                                               "$vocabulary",
                                               "$id",
                                               "$anchor",
                                               "$dynamicAnchor",
                                               "$ref",
                                               "$dynamicRef",
                                               "$defs",
                                               "$comment",
                                               "allOf",
                                               "anyOf",
                                               "oneOf",
                                               "not",
                                               "if",
                                               "then",
                                               "else",
                                               "dependentSchemas",
                                               "prefixItems",
                                               "items",
                                               "contains",
                                               "properties",
                                               "patternProperties",
                                               "additionalProperties",
                                               "propertyNames",
                                               "unevaluatedItems",
                                               "unevaluatedProperties",
                                               "type",
                                               "enum",
                                               "const",
                                               "multipleOf",
                                               "maximum",
                                               "exclusiveMaximum",
                                               "minimum",
                                               "exclusiveMinimum",
                                               "maxLength",
                                               "minLength",
                                               "pattern",
                                               "maxItems",
                                               "minItems",
                                               "uniqueItems",
                                               "maxContains",
                                               "minContains",
                                               "maxProperties",
                                               "minProperties",
                                               "required",
                                               "dependentRequired",
                                               "format",
                                               "contentEncoding",
                                               "contentMediaType",
                                               "contentSchema",
                                               "title",
                                               "description",
                                               "default",
                                               "deprecated",
                                               "readOnly",
                                               "writeOnly",
                                               "examples",
                                               "discriminator",
                                               "xml",
                                               "externalDocs",
                                               "example"};
constexpr std::string_view operation_members[] = {
    "tags",        "summary",   "description", "externalDocs", "operationId", "parameters",
    "requestBody", "responses", "callbacks",   "deprecated",   "security",    "servers"};
constexpr std::string_view path_item_members[] = {"$ref", "summary", "description", "get",
                                                  "put",  "post",    "delete",      "options",
                                                  "head", "patch",   "trace"};
constexpr std::string_view request_body_members[] = {"description", "content", "required"};
constexpr std::string_view response_members[] = {"description", "headers", "content", "links"};

constexpr std::string_view members_with_schema[] = {"not",
                                                    "if",
                                                    "then",
                                                    "else",
                                                    "items",
                                                    "contains",
                                                    "additionalProperties",
                                                    "propertyNames",
                                                    "contentSchema",
                                                    "unevaluatedItems",
                                                    "unevaluatedProperties"};
constexpr std::string_view members_with_schemas[] = {"allOf", "anyOf", "oneOf", "prefixItems"};
constexpr std::string_view members_with_named_schemas[] = {"$defs", "properties",
                                                           "patternProperties", "dependentSchemas"};
constexpr std::string_view members_with_float[] = {"multipleOf", "maximum", "exclusiveMaximum",
                                                   "minimum", "exclusiveMinimum"};

bool has(Names names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Known members in their order, then the others as they come; `change` makes each value.
template <class Change>
Json ordered(const Json& object, Names order, Change change) {
  Json::Object made;
  for (auto name : order) {
    if (const Json* value = object.find(name)) made.emplace_back(name, change(name, *value));
  }
  for (const auto& [name, value] : object.members()) {
    if (!has(order, name)) made.emplace_back(name, change(name, value));
  }
  return made;
}

template <class Change>
Json each_member(const Json& object, Change change) {
  return ordered(object, {}, [&](std::string_view, const Json& value) { return change(value); });
}

Json content_in_order(const Json& content) {
  return each_member(content, [](const Json& media_type) {
    return ordered(media_type, {}, [](std::string_view name, const Json& value) {
      return name == "schema" ? schema_in_order(value) : value;
    });
  });
}

Json with_content(const Json& object, Names order) {
  return ordered(object, order, [](std::string_view name, const Json& value) {
    return name == "content" ? content_in_order(value) : value;
  });
}

Json operation_in_order(const Json& operation) {
  return ordered(operation, operation_members, [](std::string_view name, const Json& value) {
    if (name == "requestBody") return with_content(value, request_body_members);
    if (name != "responses") return value;
    return each_member(
        value, [](const Json& response) { return with_content(response, response_members); });
  });
}

}  // namespace

Json schema_in_order(const Json& schema) {
  if (!schema.is_object()) return schema;
  return ordered(schema, schema_members, [](std::string_view name, const Json& value) -> Json {
    if (has(members_with_schema, name)) return schema_in_order(value);
    if (has(members_with_named_schemas, name)) return each_member(value, schema_in_order);
    if (has(members_with_float, name)) return value.number();
    if (!has(members_with_schemas, name)) return value;
    Json::Array made;
    for (const auto& item : value.items()) made.push_back(schema_in_order(item));
    return made;
  });
}

Json path_item_in_order(const Json& item) {
  const auto has_parameters = [](const Json::Member& operation) {
    return operation.second.contains("parameters");
  };
  if (std::ranges::any_of(item.members(), has_parameters)) return item;
  return ordered(item, path_item_members, [](std::string_view, const Json& operation) {
    return operation_in_order(operation);
  });
}

}  // namespace plinth::openapi

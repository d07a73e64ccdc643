#include "openapi/operation.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "plinth/error.hpp"

namespace plinth::openapi {
namespace {

using detail::Kind;
using detail::Source;
using schema::Definitions;
using schema::Usage;

// As FastAPI titles parameters, which is not quite as pydantic titles members: all but a $ref has
// a title.
Json titled(Json schema, std::string_view title) {
  if (!schema.contains("$ref") && !schema.contains("title")) schema["title"] = title;
  return schema;
}

bool has_file(const detail::Type& type) {
  return type.kind == Kind::bytes || (type.element && has_file(type.element()));
}

// Several fields, or one that has a name, make an object: FastAPI's "embedded" body.
bool is_embedded(const std::vector<Input>& body) {
  return body.size() > 1 || (body.size() == 1 && !body.front().name.empty());
}

std::string_view media_type(const std::vector<Input>& body) {
  if (std::ranges::any_of(body, [](const Input& input) {
        return input.source == Source::form && has_file(*input.type);
      })) {
    return "multipart/form-data";
  }
  return body.front().source == Source::form ? "application/x-www-form-urlencoded"
                                             : "application/json";
}

// No model: the answer's content is documented as anything.
bool has_model(const detail::TypeFn& result) {
  return result && result().kind != Kind::any && result().kind != Kind::none;
}

bool is_json(const detail::Route& route) { return route.options.media_type == "application/json"; }

// Responses that have no body whatever the handler returns.
bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 205 && status != 304;
}

// The rules of a parameter, also when it is optional.
const detail::Rules& rules_of(const detail::Type& type) {
  static constexpr detail::Rules none;
  if (type.rules) return *type.rules;
  return type.kind == Kind::optional ? rules_of(type.element()) : none;
}

Json parameter(const Input& input, std::string_view in, const Definitions& definitions) {
  const auto& type = *input.type;
  const auto& rules = rules_of(type);
  auto made = Json::object(
      {{"name", input.name},
       {"in", in},
       {"required", type.required()},
       {"schema", titled(definitions.schema(type, Usage::input), schema::title_of(input.name))}});
  if (!rules.description.empty()) made["description"] = rules.description;
  if (rules.deprecated) made["deprecated"] = true;
  return made;
}

// Of two with one name the last counts, unless only the other is required; the place is the
// first's.
Json parameters(const Inputs& inputs, const Definitions& definitions) {
  const std::pair<std::string_view, const std::vector<Input>*> groups[] = {
      {"path", &inputs.path},
      {"query", &inputs.query},
      {"header", &inputs.header},
      {"cookie", &inputs.cookie}};
  Json::Array made;
  for (const auto& [in, group] : groups) {
    for (const auto& input : *group) {
      auto row = parameter(input, in, definitions);
      auto same = std::ranges::find_if(made, [&](const Json& other) {
        return other["in"] == row["in"] && other["name"] == row["name"];
      });
      if (same == made.end()) {
        made.push_back(std::move(row));
      } else if (row["required"].boolean() || !(*same)["required"].boolean()) {
        *same = std::move(row);
      }
    }
  }
  return made;
}

void add_member(Json& properties, Json& required, const Input& input,
                const Definitions& definitions) {
  properties[input.name] =
      definitions.schema(*input.type, Usage::input, schema::title_of(input.name));
  if (input.type->required()) required.push_back(input.name);
}

Json embedded_schema(const std::string& name, const std::vector<Input>& body,
                     const Definitions& definitions) {
  Json properties = Json::Object{};
  Json required = Json::Array{};
  for (const auto& input : body) {
    if (!input.name.empty()) {
      add_member(properties, required, input, definitions);
      continue;
    }
    for (const auto& member : input.type->members) {  // a form's model beside other fields
      add_member(properties, required, {input.source, std::string(member.name), &member.type()},
                 definitions);
    }
  }
  auto made = Json::object({{"properties", std::move(properties)}, {"type", "object"}});
  if (required.size() > 0) made["required"] = std::move(required);
  made["title"] = name;
  return made;
}

Json request_body(const Described& described, Definitions& definitions) {
  const auto& body = described.inputs.body;
  Json schema;
  bool required =
      std::ranges::any_of(body, [](const Input& input) { return input.type->required(); });
  if (is_embedded(body)) {
    auto name = "Body_" + described.id;
    schema = Json::object({{"$ref", "#/components/schemas/" + name}});
    auto object = embedded_schema(name, body, definitions);
    required = object.contains("required");
    definitions.add(std::move(name), std::move(object));
  } else {
    schema = definitions.schema(*body.front().type, Usage::input);
  }
  Json made = Json::Object{};
  if (required) made["required"] = true;
  made["content"] =
      Json::object({{media_type(body), Json::object({{"schema", std::move(schema)}})}});
  return made;
}

Json response_schema(const detail::Route& route, const std::string& id,
                     const Definitions& definitions) {
  if (!is_json(route)) return Json::object({{"type", "string"}});
  if (!route.options.response_model || !has_model(route.endpoint.result)) return Json::Object{};
  return titled(definitions.schema(route.endpoint.result(), Usage::output),
                schema::title_of("Response_" + id));
}

// The phrase for a status without a description of its own.
std::string_view usual_description(std::string_view status) {
  static const std::map<std::string_view, std::string_view> ranges = {
      {"1XX", "Information"},  {"2XX", "Success"},      {"3XX", "Redirection"},
      {"4XX", "Client Error"}, {"5XX", "Server Error"}, {"default", "Default Response"}};
  if (const auto range = ranges.find(status); range != ranges.end()) return range->second;
  int number = 0;
  for (char c : status) number = c >= '0' && c <= '9' ? number * 10 + (c - '0') : -1;
  const auto phrase = reason_phrase(number);
  return phrase.empty() ? "Additional Response" : phrase;
}

void add_response(Json& responses, const AdditionalResponse& extra, const Described& described,
                  const Definitions& definitions) {
  auto& response = responses[extra.status];
  if (response.is_null()) response = Json::Object{};
  if (!extra.description.empty()) {
    response["description"] = extra.description;
  } else if (!response.contains("description")) {
    response["description"] = usual_description(extra.status);
  }
  if (!extra.model) return;
  auto& content = response["content"];
  if (content.is_null()) content = Json::Object{};
  content[described.route->options.media_type] = Json::object(
      {{"schema", titled(definitions.schema(extra.model(), Usage::output),
                         schema::title_of("Response_" + extra.status + "_" + described.id))}});
}

Json responses(const Described& described, Definitions& definitions) {
  const auto& route = *described.route;
  const auto& options = route.options;
  auto main = Json::object({{"description", options.response_description}});
  if (may_have_body(options.status) && !options.media_type.empty()) {
    main["content"] = Json::object(
        {{options.media_type,
          Json::object({{"schema", response_schema(route, described.id, definitions)}})}});
  }
  auto made = Json::object({{std::to_string(options.status), std::move(main)}});
  for (const auto& extra : options.responses) add_response(made, extra, described, definitions);

  const bool may_be_invalid = described.inputs.has_parameters() || !described.inputs.body.empty();
  if (may_be_invalid && !made.contains("422") && !made.contains("4XX") &&
      !made.contains("default")) {
    made["422"] = Json::parse(
        R"({"description": "Validation Error", "content": {"application/json": {"schema":
           {"$ref": "#/components/schemas/HTTPValidationError"}}}})");
    definitions.add("HTTPValidationError", Json::parse(R"({
        "title": "HTTPValidationError", "type": "object", "properties": {"detail": {
          "title": "Detail", "type": "array",
          "items": {"$ref": "#/components/schemas/ValidationError"}}}})"));
    definitions.add("ValidationError", Json::parse(R"({
        "title": "ValidationError", "type": "object", "properties": {
          "loc": {"title": "Location", "type": "array",
                  "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
          "msg": {"title": "Message", "type": "string"},
          "type": {"title": "Error Type", "type": "string"},
          "input": {"title": "Input"},
          "ctx": {"title": "Context", "type": "object"}},
        "required": ["loc", "msg", "type"]})"));
  }
  return made;
}

Json security(const std::vector<Requirement>& requirements) {
  Json::Array made;
  for (const auto& [scheme, scopes] : requirements) {
    Json::Array names;
    for (auto scope : scopes) names.emplace_back(scope);
    made.push_back(Json::object({{scheme->name, std::move(names)}}));
  }
  return made;
}

}  // namespace

void announce(const Described& described, Definitions& definitions) {
  const auto& inputs = described.inputs;
  for (const auto* group :
       {&inputs.path, &inputs.query, &inputs.header, &inputs.cookie, &inputs.body}) {
    for (const auto& input : *group) definitions.use(*input.type, Usage::input);
  }
  const auto& route = *described.route;
  if (is_json(route) && has_model(route.endpoint.result)) {
    definitions.use(route.endpoint.result(), Usage::output);
  }
  for (const auto& extra : route.options.responses) {
    if (extra.model) definitions.use(extra.model(), Usage::output);
  }
}

Json operation(const Described& described, std::string_view method, Definitions& definitions) {
  const auto& options = described.route->options;
  const auto& inputs = described.inputs;
  Json made = Json::Object{};
  if (!options.tags.empty()) {
    made["tags"] = Json::Array(options.tags.begin(), options.tags.end());
  }
  made["summary"] =
      options.summary.empty() ? schema::title_of(described.route->name()) : options.summary;
  if (!options.description.empty()) made["description"] = options.description;
  made["operationId"] = described.id;
  if (options.deprecated || options.deprecation) made["deprecated"] = true;
  if (!inputs.security.empty()) made["security"] = security(inputs.security);
  if (inputs.has_parameters()) made["parameters"] = parameters(inputs, definitions);

  const bool takes_body =
      method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
  if (takes_body && !inputs.body.empty())
    made["requestBody"] = request_body(described, definitions);
  made["responses"] = responses(described, definitions);
  return made;
}

}  // namespace plinth::openapi

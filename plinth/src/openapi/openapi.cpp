#include "openapi/openapi.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "openapi/model_order.hpp"
#include "openapi/operation.hpp"

namespace plinth::openapi {
namespace {

void set_text(Json& object, std::string_view name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

// pydantic's AnyUrl: an address without a path gets one.
std::string with_path(const std::string& url) {
  const auto scheme = url.find("://");
  const bool bare =
      scheme != std::string::npos && url.find_first_of("/?#", scheme + 3) == std::string::npos;
  return bare ? url + "/" : url;
}

Json info(const AppOptions& options) {
  auto made = Json::object({{"title", options.title}});
  set_text(made, "summary", options.summary);
  set_text(made, "description", options.description);
  set_text(made, "termsOfService", options.terms_of_service);
  if (options.contact) {
    auto& contact = made["contact"] = Json::Object{};
    set_text(contact, "name", options.contact->name);
    set_text(contact, "url", with_path(options.contact->url));
    set_text(contact, "email", options.contact->email);
  }
  if (options.license_info) {
    auto& license = made["license"] = Json::object({{"name", options.license_info->name}});
    set_text(license, "identifier", options.license_info->identifier);
    set_text(license, "url", with_path(options.license_info->url));
  }
  made["version"] = options.version;
  return made;
}

// {"url": …, "description": …} and its like, the second left out when empty.
Json pair(std::string_view name, const std::string& value, const std::string& description) {
  auto made = Json::object({{name, value}});
  set_text(made, "description", description);
  return made;
}

// "/items/{id:int}" is "/items/{id}".
std::string path_format(std::string_view path) {
  std::string made;
  bool in_braces = false;
  bool in_convertor = false;
  for (char c : path) {
    if (c == '{') in_braces = true;
    if (c == '}') in_braces = in_convertor = false;
    if (in_braces && c == ':') in_convertor = true;
    if (!in_convertor) made += c;
  }
  return made;
}

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return made;
}

std::vector<Described> describe(std::span<const detail::Route> routes) {
  std::vector<Described> made;
  for (const auto& route : routes) {
    if (!route.options.include_in_schema) continue;
    made.push_back({&route, operation_id(route), inputs_of(route)});
  }
  return made;
}

Json security_schemes(const std::vector<Described>& all) {
  Json made = Json::Object{};
  for (const auto& described : all) {
    for (const auto& [scheme, scopes] : described.inputs.security) {
      made[scheme->name] = Json::parse(scheme->openapi_json());
    }
  }
  return made;
}

Json paths(const std::vector<Described>& all, schema::Definitions& definitions) {
  Json made = Json::Object{};
  for (const auto& described : all) {
    auto& item = made[path_format(described.route->path)];
    if (item.is_null()) item = Json::Object{};
    for (const auto& method : described.route->methods) {
      item[lower(method)] = operation(described, method, definitions);
    }
  }
  for (auto& [path, item] : made.members()) item = path_item_in_order(item);
  return made;
}

Json components(const std::vector<Described>& all, const schema::Definitions& definitions) {
  Json made = Json::Object{};
  auto schemas = definitions.components();
  if (schemas.size() > 0) {
    for (auto& [name, schema] : schemas.members()) schema = schema_in_order(schema);
    made["schemas"] = std::move(schemas);
  }
  auto schemes = security_schemes(all);
  if (schemes.size() > 0) made["securitySchemes"] = std::move(schemes);
  return made;
}

// FastAPI leaves out members that are None, down to the defaults and examples inside of schemas.
void remove_nulls(Json& json) {
  if (json.is_array()) {
    for (auto& item : json.items()) remove_nulls(item);
  } else if (json.is_object()) {
    std::erase_if(json.members(),
                  [](const Json::Member& member) { return member.second.is_null(); });
    for (auto& [name, value] : json.members()) remove_nulls(value);
  }
}

}  // namespace

std::string operation_id(const detail::Route& route) {
  if (!route.options.operation_id.empty()) return route.options.operation_id;
  auto id = std::string(route.name()) + path_format(route.path);
  for (char& c : id) {
    const bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                         (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    if (!is_word) c = '_';
  }
  return id + "_" + lower(route.methods.front());
}

Json document(const AppOptions& options, std::span<const detail::Route> routes) {
  const auto all = describe(routes);
  schema::Definitions definitions;
  for (const auto& described : all) announce(described, definitions);

  auto made = Json::object({{"openapi", "3.1.0"}, {"info", info(options)}});
  if (!options.servers.empty()) {
    auto& servers = made["servers"] = Json::Array{};
    for (const auto& server : options.servers) {
      servers.push_back(pair("url", server.url, server.description));
    }
  }
  made["paths"] = paths(all, definitions);
  auto parts = components(all, definitions);
  if (parts.size() > 0) made["components"] = std::move(parts);
  if (!options.openapi_tags.empty()) {
    auto& tags = made["tags"] = Json::Array{};
    for (const auto& tag : options.openapi_tags) {
      tags.push_back(pair("name", tag.name, tag.description));
    }
  }
  remove_nulls(made);
  return made;
}

}  // namespace plinth::openapi

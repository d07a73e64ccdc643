// What schema.hpp offers to everybody: JSON text to values and back.
#include <string>

#include "json/node.hpp"
#include "plinth/schema.hpp"
#include "schema/errors.hpp"
#include "schema/serialise.hpp"
#include "schema/validate.hpp"

namespace plinth {

namespace {

// "addrs.1.street: Field required"
std::string line_of(const Json& error) {
  std::string line;
  for (const auto& step : error["loc"].items()) {
    if (!line.empty()) line += '.';
    line += step.is_string() ? step.str() : std::to_string(step.integer());
  }
  if (!line.empty()) line += ": ";
  return line + error["msg"].str();
}

}  // namespace

ValidationError::ValidationError(Json error_list) : errors(std::move(error_list)) {
  for (const auto& error : errors.items()) {
    if (!text_.empty()) text_ += '\n';
    text_ += line_of(error);
  }
}

namespace detail {

std::string json_of(const Type& type, const void* value) {
  std::string text;
  schema::write(type, value, text);
  return text;
}

void read_json(const Type& type, std::string_view text, void* out) {
  json::Document document;
  json::Error error;
  if (!document.parse(text, error)) throw JsonError(error.message, error.position);
  schema::Errors errors;
  if (!schema::validate(type, document.root(), out, errors, schema::Loc::root())) {
    throw ValidationError(Json::parse(errors.to_json())["detail"]);
  }
}

}  // namespace detail
}  // namespace plinth

// What the tests of src/schema share: JSON in, the answer's body out.
#pragma once

#include <string>
#include <string_view>

#include "json/node.hpp"
#include "plinth/schema.hpp"
#include "schema/errors.hpp"
#include "schema/scratch.hpp"
#include "schema/serialise.hpp"
#include "schema/validate.hpp"

namespace plinth::schema {

struct Answer {
  bool good;
  std::string body;  // the value written, or {"detail":[…]}
};

inline Answer answer(const detail::Type& type, const json::Node& input, const Loc& loc,
                     const WriteOptions& options = {}) {
  Scratch value(type);
  Errors errors;
  if (!validate(type, input, value.get(), errors, loc)) return {false, errors.to_json()};
  std::string body;
  write(type, value.get(), body, options);
  return {true, body};
}

/// A body, read as FastAPI reads it.
inline Answer answer_body(const detail::Type& type, std::string_view text) {
  json::Document document;
  json::Error error;
  Errors errors;
  if (!document.parse(text, error)) {
    errors.add_json_invalid(error.position, error.message);
    return {false, errors.to_json()};
  }
  Loc body("body");
  if (document.root().is_null() && type.kind != detail::Kind::optional) {
    errors.add_missing(body);
    return {false, errors.to_json()};
  }
  return answer(type, document.root(), body);
}

/// {"v":…} of a parameter, without a response model.
inline Answer answer_text(const detail::Type& type, std::string_view text, const Loc& loc) {
  auto found = answer(type, json::Node::borrow_string(text), loc, {.style = Style::plain});
  if (found.good) found.body = "{\"v\":" + found.body + "}";
  return found;
}

template <class T>
std::string body_of(std::string_view text) {
  return answer_body(detail::type_of<T>(), text).body;
}

}  // namespace plinth::schema

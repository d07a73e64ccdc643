// What a text codec answers: a value, or pydantic's error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace plinth::formats {

/// Why an input is no such value, in pydantic's words.
struct Problem {
  std::string_view type;  // "datetime_parsing"; static text
  std::string message;    // "Input should be a valid datetime, input is too short"
  std::string ctx;        // JSON text of an object, or empty: {"error":"input is too short"}
};

template <class T>
struct Parsed {
  Parsed(T parsed) : value(std::move(parsed)) {}        // NOLINT(google-explicit-constructor)
  Parsed(Problem found) : problem(std::move(found)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return value.has_value(); }
  const T& operator*() const { return *value; }
  const T* operator->() const { return &*value; }

  std::optional<T> value;
  Problem problem;  // when there is no value
};

/// A problem whose message ends in `error` and whose ctx is {"error": error}.
Problem error_problem(std::string_view type, std::string_view prefix, std::string_view error);

}  // namespace plinth::formats

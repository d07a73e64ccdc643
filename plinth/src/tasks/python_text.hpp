// JSON values as Python's json.dumps, repr() and Celery's saferepr() write them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json/node.hpp"

namespace plinth::tasks {

/// Appends what json.dumps makes of the value with its defaults: ", " and ": ", ASCII only, floats
/// by repr, NaN and Infinity as such.
void append_python_json(std::string& out, const json::Node& value);
void append_python_json(std::string& out, const Json& value);
/// Appends a text with its quotes; bytes that are no UTF-8 become U+FFFD.
void append_python_string(std::string& out, std::string_view text);
/// json.dumps(json.loads(text)). Throws JsonError.
std::string python_json(std::string_view text);

/// A string's text, bytes that are no UTF-8 as U+FFFD; empty for what is no string, or null.
std::string text_of(const json::Node* node);

/// How many characters of arguments and results Celery shows: argsrepr_maxsize, resultrepr_maxsize.
inline constexpr std::size_t repr_size_max = 1024;

/// How an outermost list is shown: Celery has args as a tuple where it can.
enum class Sequence : bool { list, tuple };

/// Celery's saferepr: like repr(), but quotes are always single, escapes none, nesting three deep,
/// and what is too long ends in "...". Source: celery/utils/saferepr.py of 5.2.6.
///
/// size_max  code points; the closing brackets come on top, and up to one text
std::string saferepr(const json::Node& value, Sequence outermost = Sequence::list,
                     std::size_t size_max = repr_size_max);
/// The same of JSON text; throws JsonError.
std::string saferepr(std::string_view json, Sequence outermost = Sequence::list,
                     std::size_t size_max = repr_size_max);

/// repr() of an exception: ValueError('bad', 2). `arguments` is exc_message of a result: a JSON
/// array, or one value.
std::string exception_repr(std::string_view type, const json::Node& arguments);

}  // namespace plinth::tasks

// Values that JSON lacks, as kombu writes them since 5.3: {"__type__": "uuid", "__value__": …}.
// Earlier ones write plain texts, which is what is made of them here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/node.hpp"

namespace plinth::tasks {

/// Whether JSON text may hold one.
inline bool may_hold_tagged(std::string_view json) { return json.find("__type__") != json.npos; }

/// The value with plain texts in place of tagged ones; empty when one is of a type that kombu does
/// not know, either. Base64 of bytes stays base64. Source: kombu 5.6, kombu/utils/json.py.
std::optional<json::Node> untagged(json::Document& document, const json::Node& value);

/// JSON text in Python's spelling, with tagged values made plain; empty when it is no JSON or one
/// is of an unknown type.
std::optional<std::string> plain_python_json(std::string_view json);

}  // namespace plinth::tasks

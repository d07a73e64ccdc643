// Values as Python shows them: in the messages of pydantic's errors.
#pragma once

#include <string>
#include <string_view>

#include "json/node.hpp"
#include "plinth/detail/type.hpp"

namespace plinth::schema {

/// repr() of a str: 'it' or "it's".
std::string python_repr(std::string_view text);

/// str() of what json.loads makes of the value: None, True, 1.0, cow, ['a'].
std::string python_str(const json::Node& value);

/// "'red' or 'green'", "1, 2 or 3": of an enum or a literal.
std::string expected_values(const detail::Type& type);

/// What pydantic calls the type in the path of a union's errors: "int", "constrained-str",
/// "list[Addr]", "literal['a','b']".
std::string union_label(const detail::Type& type);

/// "Page[UserRead]": name of a struct with the arguments of its template.
std::string class_name(const detail::Type& type);

}  // namespace plinth::schema

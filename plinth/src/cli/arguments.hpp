// What the library's commands share beside plinth/command_line.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plinth/command_line.hpp"

namespace plinth::cli {

/// The value of an option with a short and a long name; "" when it is not given.
std::string either(const Arguments& arguments, std::string_view brief, std::string_view full);
/// "a,b" is a and b.
std::vector<std::string> names_of(std::string_view list);

}  // namespace plinth::cli

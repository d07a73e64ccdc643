// Upper and lower case by Unicode's rules, of no language.
#pragma once

#include <string>
#include <string_view>

namespace plinth::schema {

std::string to_lower(std::string_view utf8);
std::string to_upper(std::string_view utf8);

}  // namespace plinth::schema

// Lists as OpenTelemetry's environment variables have them: "key=value,other=value".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plinth::tracing {

/// Values are percent-decoded, blanks around names and values let go, empty members too. Throws
/// std::invalid_argument that names the option, but no value: these may be secrets.
std::vector<std::pair<std::string, std::string>> parse_pairs(std::string_view option,
                                                             std::string_view text);

}  // namespace plinth::tracing

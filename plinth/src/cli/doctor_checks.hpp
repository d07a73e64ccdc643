// What `doctor` always looks at. None of these throws.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/cli.hpp"

namespace plinth::cli {

using Findings = std::vector<Finding>;

Findings examine_database(const Program& program, const std::string& url);
Findings examine_tls(const ServerOptions& options);
Findings examine_host(const ServerOptions& options);
/// Room where a file is, or will be.
Finding examine_disk(std::string_view subject, const std::string& path);
/// Of a clock elsewhere, which said `theirs_us` between the two moments here.
Finding examine_clock(std::string_view subject, std::int64_t before_us, std::int64_t theirs_us,
                      std::int64_t after_us);

}  // namespace plinth::cli

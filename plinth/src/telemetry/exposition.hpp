// Prometheus' text format 0.0.4, to the letter as prometheus_client 0.2x writes it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "telemetry/registry.hpp"

namespace plinth::telemetry {

/// Appends the family: its HELP, TYPE and samples, then its _created times as a gauge of their own.
void append_family(std::string& out, const Family& family);

/// Appends a metric of one value. `name` with _total if it is a counter.
void append_single(std::string& out, std::string_view name, std::string_view type,
                   std::string_view documentation, double value);

/// As Python's repr, but for large numbers as Go: "1.0", "1.2345678e+07", "+Inf".
void append_number(std::string& out, double value);

}  // namespace plinth::telemetry

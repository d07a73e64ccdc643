// Prometheus' text format 0.0.4, to the letter as prometheus_client 0.2x writes it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/metric_file.hpp"

namespace plinth::telemetry {

/// Appends the family: its HELP, TYPE and samples, then its _created times as a gauge of their own.
void append_family(std::string& out, const base::FamilySnapshot& family);

using Label = std::pair<std::string_view, std::string>;

/// Appends HELP and TYPE. `name` with _total if it is a counter's.
void append_head(std::string& out, std::string_view name, std::string_view type,
                 std::string_view documentation);
void append_sample(std::string& out, std::string_view name, const std::vector<Label>& labels,
                   double value);

/// As Python's repr, but for large numbers as Go: "1.0", "1.2345678e+07", "+Inf".
void append_number(std::string& out, double value);

}  // namespace plinth::telemetry

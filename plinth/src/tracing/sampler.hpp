// Which traces are kept: OpenTelemetry's samplers.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/trace_context.hpp"

namespace plinth::tracing {

/// Thread safety: const.
class Sampler {
 public:
  /// Throws std::invalid_argument that names the option.
  Sampler(std::string_view name, std::string_view argument);

  /// The same answer in every service that has the same ratio.
  bool samples(const base::TraceId& id, const base::SpanContext* parent) const noexcept;

 private:
  bool heeds_parent_ = false;
  bool always_ = false;
  std::uint64_t bound_ = 0;  // of the lower half of the id
};

}  // namespace plinth::tracing

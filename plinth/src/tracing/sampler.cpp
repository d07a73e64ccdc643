#include "tracing/sampler.hpp"

#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string>

namespace plinth::tracing {
namespace {

constexpr std::string_view parent_based = "parentbased_";

double ratio_of(std::string_view text) {
  if (text.empty()) return 1;
  double ratio = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ratio);
  if (error != std::errc() || end != text.data() + text.size() || !(ratio >= 0 && ratio <= 1)) {
    throw std::invalid_argument("traces sampler argument \"" + std::string(text) +
                                "\": use a ratio from 0 to 1, as 0.01");
  }
  return ratio;
}

}  // namespace

Sampler::Sampler(std::string_view name, std::string_view argument) {
  const auto whole = name;
  heeds_parent_ = name.starts_with(parent_based);
  if (heeds_parent_) name.remove_prefix(parent_based.size());
  if (name == "always_on") {
    always_ = true;
  } else if (name == "traceidratio") {
    const auto ratio = ratio_of(argument);
    always_ = ratio == 1;
    // Source: opentelemetry-python's TraceIdRatioBased, so that both keep the same traces.
    if (!always_) bound_ = static_cast<std::uint64_t>(std::nearbyint(std::ldexp(ratio, 64)));
  } else if (name != "always_off") {
    throw std::invalid_argument("traces sampler \"" + std::string(whole) +
                                "\": use always_on, always_off or traceidratio, or one of these "
                                "behind parentbased_");
  }
}

bool Sampler::samples(const base::TraceId& id, const base::SpanContext* parent) const noexcept {
  if (parent && heeds_parent_) return (parent->flags & base::sampled_flag) != 0;
  return always_ || id.low < bound_;
}

}  // namespace plinth::tracing

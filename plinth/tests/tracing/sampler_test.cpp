#include "tracing/sampler.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "base/unique_bits.hpp"
#include "plinth/tracing.hpp"
#include "tracing/pairs.hpp"

using namespace plinth;
using tracing::Sampler;

namespace {
constexpr base::SpanContext kept{.trace_id = {1, 1}, .span_id = 1, .flags = base::sampled_flag};
constexpr base::SpanContext not_kept{.trace_id = {1, 1}, .span_id = 1, .flags = 0};
}  // namespace

TEST_CASE("samplers decide as OpenTelemetry's") {
  const base::TraceId low{~0ULL, 1};
  const base::TraceId high{0, ~0ULL};
  CHECK(Sampler("always_on", "").samples(high, &not_kept));
  CHECK_FALSE(Sampler("always_off", "").samples(low, &kept));
  CHECK(Sampler("parentbased_always_on", "").samples(high, nullptr));
  CHECK_FALSE(Sampler("parentbased_always_on", "").samples(high, &not_kept));
  CHECK(Sampler("parentbased_always_off", "").samples(high, &kept));
  CHECK_FALSE(Sampler("parentbased_always_off", "").samples(low, nullptr));
  // The lower half of the id decides, the same everywhere.
  CHECK(Sampler("traceidratio", "0.5").samples({0, (1ULL << 63) - 1}, nullptr));
  CHECK_FALSE(Sampler("traceidratio", "0.5").samples({0, 1ULL << 63}, nullptr));
  CHECK(Sampler("traceidratio", "").samples(high, nullptr));
  CHECK(Sampler("traceidratio", "1").samples(high, nullptr));
  CHECK_FALSE(Sampler("traceidratio", "0").samples({0, 0}, nullptr));
  CHECK(Sampler("parentbased_traceidratio", "0").samples(high, &kept));
  CHECK_FALSE(Sampler("traceidratio", "0").samples(low, &kept));
}

TEST_CASE("a ratio keeps so many") {
  const Sampler sampler("parentbased_traceidratio", "0.1");
  int count = 0;
  for (int i = 0; i < 100'000; ++i) {
    count += sampler.samples({1, base::unique_bits()}, nullptr) ? 1 : 0;
  }
  // Ten standard deviations.
  CHECK(count > 9'000);
  CHECK(count < 11'000);
}

TEST_CASE("options that cannot be are refused by name") {
  CHECK_THROWS_WITH_AS(
      Sampler("sometimes", ""),
      "traces sampler \"sometimes\": use always_on, always_off or traceidratio, or "
      "one of these behind parentbased_",
      std::invalid_argument);
  for (const auto* bad : {"2", "-1", "nan", "half", "0.5x"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(Sampler("traceidratio", bad), std::invalid_argument);
  }
  CHECK_THROWS_WITH_AS(
      static_cast<void>(configure_tracing({.endpoint = "http://localhost", .compression = "zip"})),
      "tracing compression \"zip\": use gzip or none", std::invalid_argument);
  CHECK_THROWS_AS(
      static_cast<void>(configure_tracing({.endpoint = "http://localhost", .max_queue_size = 0})),
      std::invalid_argument);
}

TEST_CASE("lists of names and values are read, and a bad one shows no value") {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(tracing::parse_pairs("headers", " a = b%2Cc ,, d=e=f") ==
        Pairs{{"a", "b,c"}, {"d", "e=f"}});
  CHECK(tracing::parse_pairs("headers", "").empty());
  CHECK_THROWS_WITH_AS(tracing::parse_pairs("headers", "a=b,s3cret"),
                       "headers: member 2 has no name and value; write them as "
                       "name=value,other=value",
                       std::invalid_argument);
}

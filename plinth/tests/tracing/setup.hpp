// An app whose traces come to a receiver.
#pragma once

#include <string>
#include <utility>

#include "plinth/tracing.hpp"
#include "support/otlp_receiver.hpp"

namespace tracing_test {

inline plinth::TracingOptions quick_options(const support::OtlpReceiver& receiver) {
  return {.endpoint = receiver.url(), .service_name = "test", .schedule_delay_ms = 10};
}

constexpr auto caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr auto caller_trace = "0af7651916cd43dd8448eb211c80319c";
constexpr auto caller_span = "b7ad6b7169203331";

}  // namespace tracing_test

// Spans as OTLP has them in JSON.
// Source: opentelemetry-proto 1.5, trace/v1/trace.proto, and the specification's "JSON Protobuf
// Encoding": ids in lower-case hexadecimal, integers of 64 bits as text, enumerations as numbers.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/trace.hpp"

namespace plinth::tracing {

using Spans = std::vector<std::unique_ptr<base::SpanData>>;

/// An ExportTraceServiceRequest.
///
/// resource  who sends them: service.name and others
std::string encode(std::span<const base::SpanAttribute> resource, const Spans& spans);

struct PartialSuccess {
  std::uint64_t rejected = 0;
  std::string message;
};
/// Of an ExportTraceServiceResponse; nothing rejected when it is none.
PartialSuccess decode_response(std::string_view body);

}  // namespace plinth::tracing

// The part that one request has in a trace: who asks is its parent, what is done for it its
// children.
#pragma once

#include <cstdint>
#include <string>

#include "base/trace.hpp"
#include "plinth/http.hpp"

namespace plinth::http {

/// What serves requests has one for each that is at work, and names its trail in their context.
/// Attributes are those of OpenTelemetry's HTTP conventions; no header but the user agent, and no
/// query, for these hold secrets.
class RequestTrace {
 public:
  base::Trail& trail() { return trail_; }

  /// When the request has arrived. Reads traceparent and tracestate.
  void begin(const Request& request);
  /// When its answer is known.
  void end(const Request& request, int status);
  /// Instead of end(): who asked did not wait for the answer.
  void abandon(const Request& request);
  /// Work that runs after the answer belongs to the same trace. Until the next begin().
  void follow(BackgroundTasks::List& work) const;

 private:
  void describe(const Request& request);

  base::Trail trail_;
  base::Span span_;
  std::uint64_t span_id_ = 0;
  std::string peer_;  // before a middleware believed what a proxy says
};

}  // namespace plinth::http

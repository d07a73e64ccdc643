// The trace in a message, as opentelemetry-instrumentation-celery writes and reads it: the headers
// traceparent and tracestate, a span apply_async/NAME where it is sent and run/NAME where it runs.
#pragma once

#include <exception>
#include <string>

#include "base/trace.hpp"
#include "tasks/message.hpp"
#include "tasks/run.hpp"

namespace plinth::tasks {

/// Puts the present trace into the headers, in place of one that is there; without a trace it
/// leaves them alone. A span of the sending is left behind.
void inject_trace(Message& message);

/// The trail of a run, from its message's headers.
void begin_run(base::Trail& trail, const Message& message);
base::Span run_span(base::Trail& trail, const Message& message, const RunInfo& info);
/// error  what the function threw, if it did
void end_run(base::Span& span, const Outcome& outcome, const std::exception_ptr& error);

}  // namespace plinth::tasks

// What a trace shows of commands: OpenTelemetry's database conventions for Redis.
#pragma once

#include <exception>
#include <utility>
#include <vector>

#include "base/trace.hpp"
#include "plinth/task.hpp"
#include "redis/command.hpp"
#include "redis/url.hpp"

namespace plinth::redis {

// Spans of nothing unless the trail that runs is recorded. Of a command its name alone is told:
// keys hold addresses of people, and arguments what is kept under them.
base::Span command_span(const Url& url, const Words& words);
base::Span pipeline_span(const Url& url, const std::vector<Words>& commands, bool atomic);
base::Span script_span(const Url& url, const Script& script);

template <class T>
Task<T> asked_within(base::Span span, Task<T> asking) {
  std::exception_ptr error;
  try {
    co_return co_await std::move(asking);
  } catch (...) {
    error = std::current_exception();
  }
  span.fail(base::type_name(error));
  std::rethrow_exception(error);
}

/// The Task itself when there is nothing to record.
template <class T>
Task<T> traced(base::Span span, Task<T> asking) {
  if (!span.is_recording()) return asking;
  return asked_within(std::move(span), std::move(asking));
}

}  // namespace plinth::redis

// What a server serves and a test client asks: requests in, responses out.
#pragma once

#include "plinth/http.hpp"
#include "plinth/task.hpp"

namespace plinth::detail {

/// Thread safety: handle() from any thread once startup() is done; the Task stays on its thread.
struct Handler {
  virtual ~Handler() = default;

  /// Before the first request. What it throws ends the start.
  virtual Task<void> startup() = 0;
  /// After the last request.
  virtual Task<void> shutdown() = 0;
  /// The whole answer; throws nothing but what cancels. `request` outlives the Task. When the
  /// response has been sent, its `background` is to be run.
  virtual Task<Response> handle(Request& request) = 0;
};

}  // namespace plinth::detail

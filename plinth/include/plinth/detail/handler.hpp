// What a server serves and a test client asks: requests in, responses out.
#pragma once

#include <cstddef>

#include "plinth/http.hpp"
#include "plinth/task.hpp"

namespace plinth::detail {

/// An App is one. Thread safety: handle() from any thread once startup() is done; the Task stays on
/// its thread.
struct Handler {
  virtual ~Handler() = default;

  /// Before the first request. What it throws ends the start.
  virtual Task<void> startup() { co_return; }
  /// After the last request.
  virtual Task<void> shutdown() { co_return; }

  /// How many bytes of body this request may have: its head has arrived, its body has not. More are
  /// answered 413.
  virtual std::size_t body_limit(const Request&, std::size_t server_limit) { return server_limit; }

  /// Who sends the tasks that handlers call: a Celery::Impl, or null.
  virtual const void* celery() const { return nullptr; }

  /// The whole answer; throws nothing but what cancels. `request` outlives the Task. Destroying the
  /// Task cancels the request: its client has gone. When the response has been sent, its
  /// `background` is to be run.
  virtual Task<Response> handle(Request& request) = 0;
};

}  // namespace plinth::detail

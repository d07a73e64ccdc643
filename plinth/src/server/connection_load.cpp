// What a connection is refused when there is too much to do.
#include <utility>

#include "base/log.hpp"
#include "server/connection.hpp"
#include "server/queue_time.hpp"
#include "server/worker.hpp"

namespace plinth::server {

Response Connection::overloaded_answer() {
  auto response = plain_error(503);
  response.headers.append("retry-after", "1");
  return response;
}

void Connection::write_overloaded() {
  closing_ = true;
  auto response = overloaded_answer();
  write(response, false);
}

// Whether the loop came to this request so late, and to all others, that it is not begun any more.
bool Connection::is_too_late(std::int64_t now_ms) {
  context_.arrived_ms = now_ms;
  auto& queue = worker_.queue_time();
  // What came behind another request has waited for that one.
  if (!std::exchange(fresh_, false) || !queue.should_measure(now_ms)) return false;
  const auto waited_ms = since_last_bytes_ms(transport_.socket().native_handle());
  context_.arrived_ms -= waited_ms;
  if (!queue.is_too_long(now_ms, waited_ms) || worker_.is_never_shed(request_.path)) return false;
  if (queue.take_beginning()) {
    base::log(base::Level::warning, "overloaded: requests that waited too long are refused",
              {{"waited_ms", waited_ms}, {"queue_ms_max", worker_.options().queue_ms_max}});
  }
  return true;
}

// A body is kept as it comes; what all of them take together has an end.
bool Connection::has_memory() {
  if (!parser_.in_body() || parser_.memory() <= charged_) return true;
  if (!worker_.take_memory(parser_.memory() - charged_)) return false;
  charged_ = parser_.memory();
  return true;
}

// After a message its buffer may be smaller.
void Connection::settle_memory() {
  if (charged_ == 0) return;
  worker_.give_memory(std::exchange(charged_, 0));
}

}  // namespace plinth::server

// What a connection is refused when there is too much to do.
#include <utility>

#include "base/log.hpp"
#include "base/process_metrics.hpp"
#include "server/connection.hpp"
#include "server/queue_time.hpp"
#include "server/worker.hpp"

namespace plinth::server {

void Connection::count_refused(std::string_view reason) {
  base::process_metrics().requests_refused.with({reason}).add(0, 1);
}

Response Connection::overloaded_answer() {
  auto response = plain_error(503);
  response.headers.append("retry-after", "1");
  return response;
}

void Connection::write_overloaded() {
  count_refused("body_memory");
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
  count_refused("queue_time");
  if (queue.take_beginning()) {
    base::log(base::Level::warning, "overloaded: requests that waited too long are refused",
              {{"waited_ms", waited_ms}, {"queue_ms_max", worker_.options().queue_ms_max}});
  }
  return true;
}

// A body is kept as it comes; what all of them take together has an end.
bool Connection::has_memory() {
  if (!parser_.in_body() || parser_.memory() <= charged_) return true;
  if (!worker_.body_memory().take(parser_.memory() - charged_)) return false;
  charged_ = parser_.memory();
  return true;
}

// After a message its buffer may be smaller.
void Connection::settle_memory() {
  if (charged_ == 0) return;
  worker_.body_memory().give(std::exchange(charged_, 0));
}

// A large answer waits in memory until its client has taken it. All of them together have an end,
// too, and then an answer is this one instead. What was done for it is done, so nobody says that
// it may be asked again.
void Connection::charge_answer(Response& response) {
  if (response.static_body.data() || response.body.size() <= copied_content_max) return;
  if (worker_.answer_memory().take(response.body.size())) {
    charged_answer_ = response.body.size();
    return;
  }
  count_refused("answer_memory");
  auto background = std::move(response.background);
  response = plain_error(503);
  response.background = std::move(background);
}

}  // namespace plinth::server

// How commands wait, leave and end. client_open.cpp has the connecting and the clock.
#include "redis/client_state.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace plinth::redis {

namespace {

constexpr std::size_t unsent_max = 1024UL * 1024;  // then commands wait where they can be dropped

// Tells a ticket that its waiter has gone.
struct Wanting {
  explicit Wanting(Ticket& of) : ticket(of) {}
  Wanting(const Wanting&) = delete;
  Wanting& operator=(const Wanting&) = delete;
  ~Wanting() { ticket.is_wanted = false; }
  Ticket& ticket;
};

// Redis cannot serve on this connection for a while, or never: after a failover it is a replica.
bool is_of_no_use(const Reply& reply) {
  if (!reply.is_error()) return false;
  const auto prefix = error_prefix(reply.text);
  return prefix == "LOADING" || prefix == "READONLY" || prefix == "MASTERDOWN";
}

}  // namespace

ClientState::ClientState(Url url, ClientOptions options)
    : url_(std::move(url)),
      options_(std::move(options)),
      tick_timer_(base::Loop::current().context()),
      retry_timer_(base::Loop::current().context()) {
  if (url_.connect_limit_ms > 0) options_.connect_limit_ms = url_.connect_limit_ms;
  if (url_.command_limit_ms > 0) options_.command_limit_ms = url_.command_limit_ms;
}

Task<std::vector<Reply>> ClientState::ask(std::string bytes, std::size_t replies) {
  const auto self = shared_from_this();
  const auto ticket = std::make_shared<Ticket>();
  base::Arrival arrival(ticket);
  const Wanting wanting(*ticket);
  submit({.ticket = ticket, .bytes = std::move(bytes), .replies = replies});
  co_await arrival;
  if (ticket->error) std::rethrow_exception(ticket->error);
  co_return std::move(ticket->replies);
}

void ClientState::post(std::string bytes) {
  try {
    submit({.ticket = nullptr, .bytes = std::move(bytes)});
  } catch (const Unavailable& failure) {
    log_post_error(failure.what());
  }
}

void ClientState::learn(const Script& script) {
  if (std::find(scripts_.begin(), scripts_.end(), &script) != scripts_.end()) return;
  scripts_.push_back(&script);
  std::string bytes;
  append_command(bytes, {"SCRIPT", "LOAD", script.text()});
  post(std::move(bytes));
}

void ClientState::load_scripts_again() {
  for (const auto* script : scripts_) {
    std::string bytes;
    append_command(bytes, {"SCRIPT", "LOAD", script->text()});
    post(std::move(bytes));
  }
}

void ClientState::submit(Entry entry) {
  if (closed_) throw Unavailable("the client of Redis is closed");
  if (pending() >= options_.queue_limit ||
      (!waiting_.empty() && waiting_bytes_ + entry.bytes.size() > options_.queue_bytes_limit)) {
    throw Unavailable("too many commands wait for Redis at " + url_.shown());
  }
  waiting_bytes_ += entry.bytes.size();
  entry.since_ms = base::monotonic_ms();
  waiting_.push_back(std::move(entry));
  flush_later();
}

// Behind what this turn of the loop still has to do, so that its commands go out together.
void ClientState::flush_later() {
  if (closed_ || std::exchange(flushing_, true)) return;
  boost::asio::post(base::Loop::current().context(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->flush();
  });
}

void ClientState::flush() {
  flushing_ = false;
  if (closed_) return;
  tick_later();
  if (!connection_) return open_if_needed();
  if (!leaving_) send_waiting();
}

void ClientState::send_waiting() {
  const auto now = base::monotonic_ms();
  const auto connection = connection_;
  bool any = false;
  while (!waiting_.empty() && connection->unsent() < unsent_max) {
    auto entry = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= entry.bytes.size();
    if (!entry.is_wanted()) continue;
    connection->send(entry.bytes);
    std::string().swap(entry.bytes);
    entry.since_ms = now;
    in_flight_.push_back(std::move(entry));
    any = true;
  }
  if (any) connection->flush();
}

void ClientState::drained() {
  if (!waiting_.empty()) flush_later();
}

void ClientState::received(Reply reply) {
  if (in_flight_.empty()) return connection_->fail("it answers what nobody asked");
  leaving_ = leaving_ || is_of_no_use(reply);
  backoff_.reset();
  auto& entry = in_flight_.front();
  if (entry.ticket) {
    entry.ticket->replies.push_back(std::move(reply));
  } else if (reply.is_error()) {
    log_post_error(reply.text);
  } else {
    post_error_logged_ = false;
  }
  if (--entry.replies > 0) return;
  const auto ticket = std::move(entry.ticket);
  in_flight_.pop_front();
  if (leaving_ && in_flight_.empty()) connection_->fail("it cannot serve just now");
  if (ticket) ticket->arrive();
}

void ClientState::end(Entry entry, const std::exception_ptr& error) {
  if (!entry.ticket) return;
  entry.ticket->error = error;
  entry.ticket->arrive();
}

// Whose waiters may submit anew while they are told.
void ClientState::fail_all(std::deque<Entry>& entries, const std::exception_ptr& error) {
  for (auto& entry : std::exchange(entries, {})) end(std::move(entry), error);
}

// Once: a server that is out of reach would fill the log.
void ClientState::log_post_error(const std::string& error) {
  if (std::exchange(post_error_logged_, true)) return;
  base::log(base::Level::warning, "a command to Redis failed, for which nobody waits",
            {{"error", error}});
}

void ClientState::close() {
  if (std::exchange(closed_, true)) return;
  tick_timer_.cancel();
  retry_timer_.cancel();
  if (connection_) connection_->close();
  connection_ = nullptr;
  fail_all(in_flight_, std::make_exception_ptr(Unavailable("the client of Redis is closed", true)));
  fail_all(waiting_, std::make_exception_ptr(Unavailable("the client of Redis is closed")));
}

}  // namespace plinth::redis

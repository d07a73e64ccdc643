// What kombu keeps of a message that a worker holds: the JSON [message, exchange, routing key].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plinth::tasks {

/// A held value, taken apart without reading the message.
struct HeldMessage {
  std::string_view text;
  std::string exchange;     // "" when a plinth worker holds it, whatever the message says
  std::string routing_key;  // then the queue it was taken from
  bool deferred = false;    // held by nobody until its time
};

/// Empty when it is not of that form. `value` must outlive it.
std::optional<HeldMessage> read_held(std::string_view value);
/// What follows the text in the value of a message from that queue: `, "", "default"]`.
std::string held_closing(const std::string& queue);

/// How often the message was delivered before, as it says itself.
std::int64_t deliveries_of(std::string_view text);
/// The message as it is delivered again: marked as redelivered, with that number of deliveries. As
/// it was when it is no message.
std::string redelivered(std::string_view text, std::int64_t deliveries);
/// As it was sent: neither redelivered nor counted.
std::string as_sent(std::string_view text);
/// properties.priority; 0 when there is none.
std::int64_t priority_of(std::string_view text);

}  // namespace plinth::tasks

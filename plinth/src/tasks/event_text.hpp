// An event as JSON: who, when by Lamport's clock, what, when by the clock on the wall.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plinth/datetime.hpp"
#include "redis/command.hpp"
#include "redis/url.hpp"
#include "tasks/message.hpp"

namespace plinth::tasks {

/// Lamport's: later events have higher numbers, across all workers.
class LogicalClock {
 public:
  std::int64_t value() const { return value_; }
  std::int64_t forward() { return ++value_; }
  std::int64_t adjust(std::int64_t other) { return value_ = std::max(value_, other) + 1; }

 private:
  std::int64_t value_ = 0;
};

/// Fields in the order in which they are added; names need no escapes.
class EventText {
 public:
  EventText(std::string_view hostname, std::int64_t clock);

  EventText& raw(std::string_view name, std::string_view json);
  EventText& text(std::string_view name, std::string_view value);
  EventText& text_or_null(std::string_view name, std::string_view value);
  EventText& number(std::string_view name, double value);
  EventText& integer(std::string_view name, std::int64_t value);
  EventText& boolean(std::string_view name, bool value);
  EventText& time_or_null(std::string_view name, const std::optional<DateTime>& value);
  /// "args" and "kwargs", as they are shown.
  EventText& arguments(const Message& message);
  /// Adds the time and the type; the whole event.
  std::string end(std::string_view type);

 private:
  std::string out_;
};

/// "/0.", which kombu puts before the names of channels: the number of the database.
std::string channel_prefix(const redis::Url& url);

/// The command that publishes an event, or several in an array.
redis::Words event_publication(const std::string& channel_prefix, std::string_view hostname,
                               const std::string& routing_key, std::string body);

}  // namespace plinth::tasks

// Whether a server that cannot keep up should refuse a request instead of answering it too late.
//
// After CoDel (RFC 8289): what counts is not one long wait, which a burst makes too, but that for a
// whole interval not one request had a short one. Then those that waited too long are refused, for
// next to nothing, until the queue is gone.
#pragma once

#include <cstdint>

namespace plinth::server {

/// How long ago the last bytes of this TCP peer came, by the kernel's clock; 0 when it cannot tell.
std::int64_t since_last_bytes_ms(int socket);

/// Of one event loop, on its thread.
class QueueTime {
 public:
  /// limit_ms  0: nothing is ever refused
  explicit QueueTime(int limit_ms) : limit_ms_(limit_ms) {}

  /// Asking the kernel costs a call: some are asked for the others, and all once one has waited.
  bool should_measure(std::int64_t now_ms);
  /// Takes note of a request's wait; true when it should be refused.
  bool is_too_long(std::int64_t now_ms, std::int64_t waited_ms);
  /// True once for each time of refusals, so that the log has one line.
  bool take_beginning();

 private:
  void end_interval(std::int64_t now_ms);

  const std::int64_t limit_ms_;
  unsigned requests_ = 0;
  std::int64_t measure_until_ms_ = 0;
  std::int64_t interval_end_ms_ = 0;
  std::int64_t least_ms_ = 0;  // the shortest wait of this interval
  bool standing_ = false;      // the queue of the last interval never was short
  bool refusing_ = false;      // in this interval or the last one
  bool refused_ = false;       // in this interval
  bool beginning_ = false;
};

}  // namespace plinth::server

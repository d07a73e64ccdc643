// How often tasks of one name may start on this worker: Celery's token bucket of one token.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>

#include "tasks/worker_request.hpp"

namespace plinth::tasks {

struct RateLimit {
  std::string text;  // "10/m"
  double rate = 0;   // a second; 0: none
  double tokens = 1;
  std::int64_t at_ms = 0;
  std::deque<RequestPointer> waiting = {};

  /// Takes a token; false when there is none yet.
  bool take(std::int64_t now_ms) {
    if (rate <= 0) return true;
    tokens = std::min(1.0, tokens + rate * static_cast<double>(now_ms - at_ms) / 1000);
    at_ms = now_ms;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  }
};

}  // namespace plinth::tasks

// Asking workers, of any language: what `celery inspect` and `celery control` do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plinth/json.hpp"
#include "plinth/tasks.hpp"
#include "redis/url.hpp"
#include "tasks/envelope.hpp"

namespace plinth::tasks {

struct AskOptions {
  std::int64_t timeout_ms = 1'000;
  std::size_t limit = 0;  // of answers; 0: none
  bool all = false;       // done as soon as all who listen have answered
};

/// The answers that come in time: {"<node>": <answer>}. The request's ticket and reply_to are made
/// here. Throws redis::Unavailable.
Task<Json> ask(redis::Url url, ControlRequest request, AskOptions options = {});

/// The same of the workers of a Celery; {} when it is embedded, where there are none.
Task<Json> inspect(Celery::Impl& celery, std::string method, Json arguments = Json::object({}),
                   std::vector<std::string> destination = {}, AskOptions options = {});

/// Tells the workers and waits for no answer; nothing when it is embedded. Throws
/// redis::Unavailable.
Task<void> broadcast(Celery::Impl& celery, std::string method, Json arguments = Json::object({}),
                     std::vector<std::string> destination = {});

}  // namespace plinth::tasks

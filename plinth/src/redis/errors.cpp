#include "redis/errors.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace plinth::redis {

Unavailable::Unavailable(std::string message, bool may_have_run_already)
    : HttpError(503, Json("Service Unavailable"), {{"retry-after", "1"}}),
      may_have_run(may_have_run_already),
      message_(std::move(message)) {}

bool is_passing(std::string_view error) {
  constexpr std::array<std::string_view, 9> prefixes{"BUSY",       "CLUSTERDOWN", "LOADING",
                                                     "MASTERDOWN", "MISCONF",     "NOREPLICAS",
                                                     "OOM",        "READONLY",    "TRYAGAIN"};
  return std::find(prefixes.begin(), prefixes.end(), error_prefix(error)) != prefixes.end();
}

Reply checked(Reply reply) {
  if (!reply.is_error()) return reply;
  if (is_passing(reply.text)) throw Unavailable("Redis: " + reply.text);
  throw CommandError(reply.text);
}

}  // namespace plinth::redis

// What goes wrong with Redis, in two kinds: it could not be asked, and it said no.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "plinth/error.hpp"
#include "redis/reply.hpp"

namespace plinth::redis {

/// There was no connection in time, it was lost before the reply, or Redis cannot do it just now
/// (LOADING, READONLY, MASTERDOWN, BUSY, OOM and the like). Ends a request with 503 and
/// Retry-After.
struct Unavailable : HttpError {
  explicit Unavailable(std::string message, bool may_have_run_already = false);
  const char* what() const noexcept override { return message_.c_str(); }

  bool may_have_run;  // the command was on its way; otherwise it surely did not run

 private:
  std::string message_;
};

/// Redis refused the command: an error in it, or in what it meets.
struct CommandError : std::runtime_error {
  explicit CommandError(const std::string& text) : std::runtime_error(text) {}

  /// "NOSCRIPT", "WRONGTYPE", "NOAUTH", "WRONGPASS", "ERR", ...
  std::string_view prefix() const { return error_prefix(what()); }
};

/// An error that passes: the same command may be taken a little later, and did not run now.
bool is_passing(std::string_view error);

/// Throws Unavailable or CommandError when the reply is an error.
Reply checked(Reply reply);

}  // namespace plinth::redis

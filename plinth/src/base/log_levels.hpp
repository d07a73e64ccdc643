// Which lines are wanted: a level for all loggers and levels of some by name, and what somebody
// asked for while the process runs, by a signal.
//
// The names are a hierarchy, as in Python's logging: "plinth.db" speaks for "plinth.db.pool" too,
// and the longest name that is known decides.
//
// Thread safety: all from any thread; apply_log_level_request also from a signal handler. All that
// changes is an atomic word.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/log.hpp"

namespace plinth::base {

struct LoggerLevel {
  std::string_view logger;  // "": all
  Level level;
};

constexpr std::size_t logger_levels_max = 32;

/// The levels of loggers by name, in place of those that were there. Of more than
/// logger_levels_max the first count.
void set_logger_levels(std::span<const LoggerLevel> levels) noexcept;

/// Whether a line of that logger would be written. log_enabled(level) says whether one of any
/// logger might be.
bool log_enabled(Level level, std::string_view logger) noexcept;

/// What an operator asks of a running process, small enough for the word that a signal carries.
struct LogLevelRequest {
  std::string_view logger = {};  // "": all
  std::optional<Level> level;    // none: as configured
  std::int64_t seconds = 0;      // for so long; 0: until the process ends
};

constexpr std::int64_t request_seconds_max = (std::int64_t{1} << 24) - 1;  // 194 days

std::uint64_t encode(const LogLevelRequest& request) noexcept;
/// False for a word that is no request.
bool apply_log_level_request(std::uint64_t word, pid_t from_pid, uid_t from_uid) noexcept;

/// The signal by which a request comes, SIGRTMIN + 11; from now on it is heard. Never undone: a
/// signal that came later would end the process.
int log_level_signal() noexcept;
void hear_log_level_signal() noexcept;
/// Sends a request. False, with errno, when the process cannot be reached.
bool send_log_level_request(pid_t pid, std::uint64_t word) noexcept;
/// Gives what was asked of this process, as long as it stands, to another one.
void pass_on_log_levels(pid_t pid) noexcept;

/// What was asked since somebody last looked, for a line of the log; at most the last one.
struct HeardRequest {
  std::uint64_t word = 0;  // 0: nothing
  pid_t pid = 0;
  uid_t uid = 0;

  std::string_view level() const noexcept;  // "DEBUG", or "default"
  std::int64_t seconds() const noexcept;
  bool is_for_all() const noexcept;
};
HeardRequest take_heard_request() noexcept;

/// Statements that take longer than this are lines of "plinth.db", in microseconds; negative: none
/// are.
std::int64_t slow_query_us() noexcept;
void set_slow_query_us(std::int64_t microseconds) noexcept;

}  // namespace plinth::base

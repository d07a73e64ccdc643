#include "base/log_levels.hpp"

#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "base/monotonic.hpp"

namespace plinth::base {
namespace {

// A rule is one word, so that a signal handler may set it: from the lowest bit 32 of the logger's
// hash, 3 of the level, 1 that says it is one, 28 of the second at which it ends (0: never), by the
// clock that counts from the start of the host.
constexpr unsigned level_shift = 32;
constexpr unsigned used_shift = 35;
constexpr unsigned until_shift = 36;
// A request is alike, with how long instead, and marked so that no stray signal is taken for one.
constexpr unsigned seconds_shift = 35;
constexpr unsigned mark_shift = 59;
constexpr std::uint64_t mark = 0b10110;
constexpr std::uint64_t as_configured = 7;

constexpr std::uint32_t hash_basis = 2'166'136'261;  // FNV-1a, of the empty name

constexpr std::uint32_t hash_more(std::uint32_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(c)) * 16'777'619;
}

std::uint32_t hash_of(std::string_view logger) {
  auto hash = hash_basis;
  for (const char c : logger) hash = hash_more(hash, c);
  return hash;
}

using Rule = std::atomic<std::uint64_t>;

constinit std::atomic<Level> root_level = Level::info;
constinit std::array<Rule, logger_levels_max> named = {};
constinit std::array<Rule, 16> asked = {};  // at run time
constinit std::atomic<bool> has_rules = false;
constinit std::atomic<Level> lowest_level = Level::info;  // of all
constinit std::atomic<std::uint64_t> heard_word = 0;
constinit std::atomic<std::uint64_t> heard_from = 0;
constinit std::atomic<std::int64_t> slow_query = -1;

Level level_of_rule(std::uint64_t rule) { return static_cast<Level>(rule >> level_shift & 7); }
bool is_used(std::uint64_t rule) { return (rule >> used_shift & 1) != 0; }
std::int64_t until_of(std::uint64_t rule) { return static_cast<std::int64_t>(rule >> until_shift); }
std::uint64_t make_rule(std::uint32_t hash, Level level, std::int64_t until) {
  return hash | static_cast<std::uint64_t>(level) << level_shift | std::uint64_t{1} << used_shift |
         static_cast<std::uint64_t>(until) << until_shift;
}

std::int64_t now_seconds() { return monotonic_microseconds() / 1'000'000; }

bool stands(std::uint64_t rule) {
  return is_used(rule) && (until_of(rule) == 0 || until_of(rule) > now_seconds());
}

std::optional<Level> find(std::uint32_t hash) {
  for (const auto& rules : {std::span<Rule>(asked), std::span<Rule>(named)}) {
    for (const auto& held : rules) {
      const auto rule = held.load(std::memory_order_relaxed);
      if (is_used(rule) && static_cast<std::uint32_t>(rule) == hash && stands(rule)) {
        return level_of_rule(rule);
      }
    }
  }
  return std::nullopt;
}

Level level_for(std::string_view logger) {
  auto level = find(hash_basis).value_or(root_level.load(std::memory_order_relaxed));
  auto hash = hash_basis;
  for (std::size_t i = 0; i < logger.size(); ++i) {
    if (logger[i] == '.') level = find(hash).value_or(level);
    hash = hash_more(hash, logger[i]);
  }
  return find(hash).value_or(level);
}

// What a rule that has ended leaves behind is that lines are looked at more closely than need be.
void lower_to(Level level) {
  auto held = lowest_level.load();
  while (level < held && !lowest_level.compare_exchange_weak(held, level)) {
  }
}

void look_anew() {
  auto lowest = root_level.load();
  bool any = false;
  for (const auto& rules : {std::span<Rule>(named), std::span<Rule>(asked)}) {
    for (const auto& held : rules) {
      const auto rule = held.load();
      if (!stands(rule)) continue;
      any = true;
      lowest = std::min(lowest, level_of_rule(rule));
    }
  }
  lowest_level = lowest;
  has_rules = any;
  // A signal may have come meanwhile.
  for (const auto& held : asked) {
    if (const auto rule = held.load(); stands(rule)) {
      has_rules = true;
      lower_to(level_of_rule(rule));
    }
  }
}

void ask(std::uint32_t hash, std::optional<Level> level, std::int64_t seconds) {
  const auto rule = level ? make_rule(hash, *level, seconds == 0 ? 0 : now_seconds() + seconds) : 0;
  for (auto& held : asked) {  // as configured, of all loggers: nothing that was asked stands
    const auto before = held.load();
    if (is_used(before) && (static_cast<std::uint32_t>(before) == hash ||
                            (!level && hash == hash_basis) || !stands(before))) {
      held = 0;
    }
  }
  if (rule == 0) return;
  for (auto& held : asked) {
    std::uint64_t empty = 0;
    if (held.compare_exchange_strong(empty, rule)) break;
  }
  has_rules = true;
  lower_to(*level);
}

void hear(int, siginfo_t* info, void*) {
  if (info->si_code != SI_QUEUE) return;
  const auto word = reinterpret_cast<std::uintptr_t>(info->si_value.sival_ptr);
  apply_log_level_request(word, info->si_pid, info->si_uid);
}

}  // namespace

void set_log_level(Level level) noexcept {
  root_level = level;
  look_anew();
}

void set_logger_levels(std::span<const LoggerLevel> levels) noexcept {
  for (std::size_t i = 0; i < named.size(); ++i) {
    named[i] = i < levels.size() ? make_rule(hash_of(levels[i].logger), levels[i].level, 0) : 0;
  }
  look_anew();
}

bool log_enabled(Level level) noexcept {
  return level >= lowest_level.load(std::memory_order_relaxed);
}

bool log_enabled(Level level, std::string_view logger) noexcept {
  if (level < lowest_level.load(std::memory_order_relaxed)) return false;
  return !has_rules.load(std::memory_order_relaxed) || level >= level_for(logger);
}

std::uint64_t encode(const LogLevelRequest& request) noexcept {
  const auto seconds = std::clamp<std::int64_t>(request.seconds, 0, request_seconds_max);
  const auto level = request.level ? static_cast<std::uint64_t>(*request.level) : as_configured;
  return hash_of(request.logger) | level << level_shift |
         static_cast<std::uint64_t>(seconds) << seconds_shift | mark << mark_shift;
}

bool apply_log_level_request(std::uint64_t word, pid_t from_pid, uid_t from_uid) noexcept {
  const auto level = word >> level_shift & 7;
  const bool is_level = level <= static_cast<std::uint64_t>(Level::critical);
  if (word >> mark_shift != mark || (!is_level && level != as_configured)) return false;
  ask(static_cast<std::uint32_t>(word),
      is_level ? std::optional(static_cast<Level>(level)) : std::nullopt,
      HeardRequest{.word = word}.seconds());
  heard_from = static_cast<std::uint64_t>(from_uid) << 32 | static_cast<std::uint32_t>(from_pid);
  heard_word = word;
  return true;
}

int log_level_signal() noexcept { return SIGRTMIN + 11; }

void hear_log_level_signal() noexcept {
  struct sigaction action = {};
  action.sa_sigaction = &hear;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(log_level_signal(), &action, nullptr);
}

bool send_log_level_request(pid_t pid, std::uint64_t word) noexcept {
  static_assert(sizeof(void*) == sizeof word, "a signal carries a pointer, which holds a request");
  ::sigval value{};
  std::memcpy(&value.sival_ptr, &word, sizeof word);
  return ::sigqueue(pid, log_level_signal(), value) == 0;
}

void pass_on_log_levels(pid_t pid) noexcept {
  for (const auto& held : asked) {
    const auto rule = held.load();
    if (!stands(rule)) continue;
    const auto left = until_of(rule) == 0 ? 0 : until_of(rule) - now_seconds();
    const auto word = (rule & 0xffff'ffff) |
                      static_cast<std::uint64_t>(level_of_rule(rule)) << level_shift |
                      static_cast<std::uint64_t>(left) << seconds_shift | mark << mark_shift;
    send_log_level_request(pid, word);
  }
}

std::string_view HeardRequest::level() const noexcept {
  const auto level = word >> level_shift & 7;
  return level == as_configured ? "default" : level_name(static_cast<Level>(level));
}
std::int64_t HeardRequest::seconds() const noexcept {
  return static_cast<std::int64_t>(word >> seconds_shift) & request_seconds_max;
}
bool HeardRequest::is_for_all() const noexcept {
  return static_cast<std::uint32_t>(word) == hash_basis;
}

HeardRequest take_heard_request() noexcept {
  if (heard_word.load(std::memory_order_relaxed) == 0) return {};
  const auto word = heard_word.exchange(0);
  const auto from = heard_from.load();
  return {.word = word,
          .pid = static_cast<pid_t>(static_cast<std::uint32_t>(from)),
          .uid = static_cast<uid_t>(from >> 32)};
}

std::int64_t slow_query_us() noexcept { return slow_query.load(std::memory_order_relaxed); }
void set_slow_query_us(std::int64_t microseconds) noexcept { slow_query = microseconds; }

}  // namespace plinth::base

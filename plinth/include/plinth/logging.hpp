// Structured log lines. Stands for Python's logging and the seed's core/logging.py.
// Example: plinth/examples/08_logging.cpp
//
//   auto logging = configure_logging({.level = "info", .format = "json"});
//   logging::info("order taken", {{"order_id", order.id}, {"items", order.items.size()}});
//
//   {"time":"2026-11-22T14:49:05.514340Z","level":"INFO","logger":"app","message":"order taken",
//    "request_id":"5f0c…","order_id":7,"items":2}
//
// A line made while a request is handled has its id, the ids of its trace, and the id of its user
// (set_user_id); in a task it has task_id and task_name. Nothing in a line is taken for a line:
// control characters are escaped in both formats. Never log a secret; what came from a request is
// data.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace plinth {

class Secret;

namespace detail {
struct Middleware;
}

namespace logging {

enum class Level : std::uint8_t { debug, info, warning, error, critical };

/// A name with a text, a number or a truth value. Holds views: for the call only. A Secret, and
/// whatever has the name of one ("password", "authorization", "access_token"), is written as stars.
struct Field {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;
  Field(std::string_view field, std::string_view text) : name(field), value(text) {}
  Field(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}
  template <std::same_as<Secret> Hidden>
  Field(std::string_view field, const Hidden&) : name(field), value("**********") {}
  Field(std::string_view field, bool flag) : name(field), value(flag) {}
  Field(std::string_view field, double number) : name(field), value(number) {}
  template <std::integral Integer>
  Field(std::string_view field, Integer number)
      : name(field), value(static_cast<std::int64_t>(number)) {}

  std::string_view name;
  Value value;
};

struct Record {
  Level level;
  std::string_view message;
  std::span<const Field> fields = {};
  std::string_view logger = "plinth";
};

/// Lines under a name of their own: `constexpr auto log = logging::Logger("app.orders");`
class Logger {
 public:
  constexpr explicit Logger(std::string_view name) : name_(name) {}

  void log(Level level, std::string_view message, std::initializer_list<Field> fields) const;
  void debug(std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(Level::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(Level::info, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(Level::warning, message, fields);
  }
  void error(std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(Level::error, message, fields);
  }
  void critical(std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(Level::critical, message, fields);
  }

 private:
  std::string_view name_;
};

// Lines of the logger "app".
void debug(std::string_view message, std::initializer_list<Field> fields = {});
void info(std::string_view message, std::initializer_list<Field> fields = {});
void warning(std::string_view message, std::initializer_list<Field> fields = {});
void error(std::string_view message, std::initializer_list<Field> fields = {});
void critical(std::string_view message, std::initializer_list<Field> fields = {});

/// debug, info, warning, error or critical, in any letter case; std::invalid_argument otherwise.
/// From any thread, also while others log.
void set_level(std::string_view level);
/// Levels of loggers by name, in place of those given before: "plinth.db=debug,plinth.access=error"
/// (docs/logging.md has the names). A name speaks for all below it, the longest one decides.
///
/// throws  std::invalid_argument naming the part that is wrong
void set_levels(std::string_view levels);
/// Throws what set_levels would, and changes nothing.
void check_levels(std::string_view levels);
/// Statements that take longer are warnings of the logger "plinth.db", with their text and never
/// their values, as PostgreSQL's log_min_duration_statement. 0: all; -1: none.
void set_slow_query_ms(long long milliseconds);

/// From now on the lines of the request or task that is handled here have this `user_id`. Stands
/// for structlog's bind_contextvars(user_id=…). For what finds out who asks; at most 128 bytes
/// are kept. Without effect outside of a request or task.
void set_user_id(std::string_view id);
void set_user_id(std::int64_t id);

}  // namespace logging

struct LoggingOptions {
  std::string level = "info";      // lines below are dropped; see logging::set_level
  std::string levels = {};         // of some loggers; see logging::set_levels
  std::string format = "console";  // or "json": one object a line
  long long slow_query_ms = 1000;  // see logging::set_slow_query_ms
  std::optional<bool> color = {};  // console; unless given: on a terminal without NO_COLOR
  int file_descriptor = 2;         // stderr
  std::size_t queue_bytes_limit = std::size_t{1} << 20;  // lines that wait to be written
};

/// Logging as configured, until it is destroyed: then what waits is written, and lines go to stderr
/// as at the start.
class Logging {
 public:
  class Impl;
  explicit Logging(std::unique_ptr<Impl> impl);
  Logging(Logging&&) noexcept;
  Logging& operator=(Logging&&) = delete;
  ~Logging();

  /// Waits until all lines are written.
  void flush();
  /// Lines that found the queue full and were dropped, so far. A line of the log tells, too.
  std::uint64_t dropped() const;

 private:
  std::unique_ptr<Impl> impl_;
};

/// From now on, lines of the whole process are written as the options say, by a thread of their
/// own: who logs waits for no terminal, file or pipe. For main: only one at a time.
///
/// throws  std::invalid_argument naming the option
[[nodiscard]] Logging configure_logging(LoggingOptions options = {});

/// A line a request: method, path without its query, status, duration, bytes of the body, route,
/// client, user agent, and the ids of request, trace and user. Use it
/// last but for RequestId: `app.use(AccessLog{}); app.use(RequestId{});`
struct AccessLog {
  std::vector<std::string> excluded_paths = {};  // "/health"
};

std::unique_ptr<detail::Middleware> make_middleware(AccessLog options);

}  // namespace plinth

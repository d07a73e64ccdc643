#include "plinth/logging.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/log.hpp"
#include "base/log_levels.hpp"
#include "base/trace.hpp"
#include "logging/format.hpp"
#include "logging/writer.hpp"

namespace plinth {

namespace logging {
namespace {

constexpr Logger app_logger("app");

Level level_of(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  for (auto level : {Level::debug, Level::info, Level::warning, Level::error, Level::critical}) {
    if (base::level_name(level) == upper) return level;
  }
  throw std::invalid_argument("log level \"" + std::string(name) +
                              "\": use debug, info, warning, error or critical");
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<base::LoggerLevel> levels_of(std::string_view levels) {
  std::vector<base::LoggerLevel> parsed;
  while (!levels.empty()) {
    const auto end = std::min(levels.find(','), levels.size());
    const auto part = trimmed(levels.substr(0, end));
    levels.remove_prefix(std::min(end + 1, levels.size()));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw std::invalid_argument("log levels \"" + std::string(part) +
                                  "\": write logger=level, as plinth.db=debug");
    }
    parsed.push_back({trimmed(part.substr(0, equals)), level_of(trimmed(part.substr(equals + 1)))});
  }
  if (parsed.size() > base::logger_levels_max) {
    throw std::invalid_argument("log levels: " + std::to_string(parsed.size()) +
                                " loggers; at most " + std::to_string(base::logger_levels_max));
  }
  return parsed;
}

}  // namespace

void Logger::log(Level level, std::string_view message, std::initializer_list<Field> fields) const {
  base::log({.level = level,
             .message = message,
             .fields = {fields.begin(), fields.size()},
             .logger = name_});
}

void debug(std::string_view message, std::initializer_list<Field> fields) {
  app_logger.debug(message, fields);
}
void info(std::string_view message, std::initializer_list<Field> fields) {
  app_logger.info(message, fields);
}
void warning(std::string_view message, std::initializer_list<Field> fields) {
  app_logger.warning(message, fields);
}
void error(std::string_view message, std::initializer_list<Field> fields) {
  app_logger.error(message, fields);
}
void critical(std::string_view message, std::initializer_list<Field> fields) {
  app_logger.critical(message, fields);
}

void set_level(std::string_view level) { base::set_log_level(level_of(level)); }

void check_levels(std::string_view levels) { levels_of(levels); }
void set_levels(std::string_view levels) { base::set_logger_levels(levels_of(levels)); }

void set_slow_query_ms(long long milliseconds) {
  constexpr long long milliseconds_max = std::numeric_limits<std::int64_t>::max() / 1000;
  base::set_slow_query_us(milliseconds < 0 ? -1 : std::min(milliseconds, milliseconds_max) * 1000);
}

void set_user_id(std::string_view id) {
  constexpr std::size_t bytes_max = 128;
  if (auto* trail = base::current_trail()) trail->user_id = id.substr(0, bytes_max);
}

void set_user_id(std::int64_t id) { set_user_id(std::string_view(std::to_string(id))); }

}  // namespace logging

namespace {

// The ids of a trace as they are written, for as long as a line is made.
struct Ids {
  std::string trace;
  std::string span;
};

std::string_view text_of(const std::string* text) {
  return text ? std::string_view(*text) : std::string_view();
}

logging::Moment present_moment(Ids& ids) {
  logging::Moment moment{.microseconds = base::clock_microseconds()};
  const auto* context = base::current_context;
  if (!context) return moment;
  moment.request_id = text_of(context->request_id);
  moment.task_id = text_of(context->task_id);
  moment.task_name = text_of(context->task_name);
  if (const auto* trail = context->trail) {
    if (trail->trace_id) {
      ids.trace = base::to_text(trail->trace_id);
      ids.span = base::to_text(trail->span_id);
    }
    moment.trace_id = ids.trace;
    moment.span_id = ids.span;
    moment.user_id = trail->user_id;
  }
  return moment;
}

logging::Record lost_record(const logging::Field& count) {
  return {.level = logging::Level::error,
          .message = "log lines were dropped: the log is too slow",
          .fields = {&count, 1}};
}

std::string lost_as_json(std::uint64_t count) {
  std::string line;
  append_json_line(line, lost_record({"lines", count}),
                   {.microseconds = base::clock_microseconds()});
  return line;
}

std::string lost_on_console(std::uint64_t count) {
  std::string line;
  append_console_line(line, lost_record({"lines", count}),
                      {.microseconds = base::clock_microseconds()}, false);
  return line;
}

}  // namespace

class Logging::Impl final : public base::LogSink {
 public:
  explicit Impl(const LoggingOptions& options)
      : json_(options.format == "json"),
        color_(options.color.value_or(::isatty(options.file_descriptor) == 1 &&
                                      !std::getenv("NO_COLOR"))),
        writer_(options.file_descriptor, options.queue_bytes_limit,
                json_ ? &lost_as_json : &lost_on_console),
        previous_(base::set_log_sink(this)) {}
  ~Impl() override {
    base::set_log_sink(previous_);
    base::set_log_level(logging::Level::info);
    base::set_logger_levels({});
    base::set_slow_query_us(-1);
  }

  void write(const logging::Record& record) noexcept override {
    try {
      thread_local std::string line;
      line.clear();
      Ids ids;
      const auto moment = present_moment(ids);
      if (json_) {
        append_json_line(line, record, moment);
      } else {
        append_console_line(line, record, moment, color_);
      }
      writer_.push(line);
    } catch (...) {  // out of memory: a log line is not worth the request
    }
  }

  logging::Writer& writer() { return writer_; }

 private:
  bool json_;
  bool color_;
  logging::Writer writer_;
  base::LogSink* previous_;
};

Logging::Logging(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Logging::Logging(Logging&&) noexcept = default;
Logging::~Logging() = default;
void Logging::flush() { impl_->writer().flush(); }
std::uint64_t Logging::dropped() const { return impl_->writer().dropped(); }

Logging configure_logging(LoggingOptions options) {
  if (options.format != "console" && options.format != "json") {
    throw std::invalid_argument("log format \"" + options.format + "\": use console or json");
  }
  logging::set_level(options.level);
  logging::set_levels(options.levels);
  logging::set_slow_query_ms(options.slow_query_ms);
  base::hear_log_level_signal();
  return Logging(std::make_unique<Logging::Impl>(options));
}

}  // namespace plinth

#include "plinth/logging.hpp"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/log.hpp"
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

}  // namespace logging

class Logging::Impl final : public base::LogSink {
 public:
  explicit Impl(const LoggingOptions& options)
      : json_(options.format == "json"),
        color_(options.color.value_or(::isatty(options.file_descriptor) == 1 &&
                                      !std::getenv("NO_COLOR"))),
        writer_(options.file_descriptor, options.queue_bytes_limit),
        previous_(base::set_log_sink(this)) {}
  ~Impl() override {
    base::set_log_sink(previous_);
    base::set_log_level(logging::Level::info);
  }

  void write(const logging::Record& record) noexcept override {
    try {
      thread_local std::string line;
      line.clear();
      const auto* context = base::current_context;
      const logging::Moment moment{.microseconds = base::clock_microseconds(),
                                   .request_id = context && context->request_id
                                                     ? std::string_view(*context->request_id)
                                                     : std::string_view{}};
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
  return Logging(std::make_unique<Logging::Impl>(options));
}

}  // namespace plinth

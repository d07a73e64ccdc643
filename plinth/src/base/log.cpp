#include "base/log.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <type_traits>

#include "base/context.hpp"
#include "base/log_escape.hpp"
#include "base/log_levels.hpp"
#include "base/process_metrics.hpp"
#include "base/secret_names.hpp"

namespace plinth::base {
namespace {

constinit std::atomic<LogSink*> current_sink = nullptr;

constexpr std::size_t line_text_bytes_max = 8192;

void append_escaped(std::string& line, std::string_view text) {
  append_plain(line, text, line_text_bytes_max);
}

void append_value(std::string& line, const LogField::Value& value) {
  std::visit(
      [&](auto held) {
        using Held = decltype(held);
        if constexpr (std::is_same_v<Held, std::string_view>) {
          append_escaped(line, held);
        } else if constexpr (std::is_same_v<Held, bool>) {
          line += held ? "true" : "false";
        } else {
          line += std::to_string(held);
        }
      },
      value);
}

// What has the name of a secret is shown as stars.
LogField::Value shown(const LogField& field) {
  return is_secret_name(field.name) ? LogField::Value(stars) : field.value;
}

void count(Level level) {
  static const auto children = [] {
    std::array<MetricChild*, 5> made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = &process_metrics().log_records.with({level_name(static_cast<Level>(i))});
    }
    return made;
  }();
  children[static_cast<std::size_t>(level)]->add(0, 1);
}

void write_line(const LogRecord& record) {
  std::string line(level_name(record.level));
  line += ": ";
  append_escaped(line, record.message);
  for (const auto& field : record.fields) {
    line += ' ';
    append_escaped(line, field.name);
    line += '=';
    append_value(line, shown(field));
  }
  if (current_context && current_context->request_id) {
    line += " request_id=";
    append_escaped(line, *current_context->request_id);
  }
  line += '\n';
  // One write a line, so that lines of several threads do not mix. Nothing can be done when stderr
  // fails.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void write(const LogRecord& record) noexcept {
  if (auto* sink = current_sink.load(std::memory_order_acquire)) {
    sink->write(record);
    return;
  }
  try {
    write_line(record);
  } catch (...) {  // out of memory: a log line is not worth the process
  }
}

// A signal handler cannot write the line that says who changed the level: the next line does.
void tell_heard_request() noexcept {
  const auto heard = take_heard_request();
  if (heard.word == 0) return;
  const LogField fields[] = {{"changed_to", heard.level()},
                             {"of", heard.is_for_all() ? "all" : "one logger"},
                             {"seconds", heard.seconds()},
                             {"sender_pid", heard.pid},
                             {"sender_uid", heard.uid}};
  write({.level = Level::warning,
         .message = "the log level was changed",
         .fields = fields,
         .logger = "plinth"});
}

}  // namespace

std::string_view level_name(Level level) {
  constexpr std::string_view names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
  return names[static_cast<std::size_t>(level)];
}

LogSink* set_log_sink(LogSink* sink) noexcept { return current_sink.exchange(sink); }

void log(Level level, std::string_view message, std::initializer_list<LogField> fields) noexcept {
  log({.level = level, .message = message, .fields = {fields.begin(), fields.size()}});
}

void log(const LogRecord& record) noexcept {
  if (!log_enabled(record.level, record.logger)) return;
  count(record.level);
  tell_heard_request();
  write(record);
}

}  // namespace plinth::base

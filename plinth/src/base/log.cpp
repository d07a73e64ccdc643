#include "base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <string>
#include <type_traits>

#include "base/secret_names.hpp"

namespace plinth::base {
namespace {

constinit std::atomic<LogSink*> current_sink = nullptr;
constinit std::atomic<Level> lowest_level = Level::info;

// Control characters would let a client forge lines, so they are written as \xNN.
void append_escaped(std::string& line, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      line += c;
    } else {
      line += "\\x";
      line += digits[byte >> 4];
      line += digits[byte & 15];
    }
  }
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

void write_line(const LogRecord& record) {
  std::string line(level_name(record.level));
  line += ": ";
  append_escaped(line, record.message);
  for (const auto& field : record.fields) {
    line += ' ';
    line += field.name;
    line += '=';
    append_value(line, shown(field));
  }
  line += '\n';
  // One write a line, so that lines of several threads do not mix. Nothing can be done when stderr
  // fails.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

std::string_view level_name(Level level) {
  constexpr std::string_view names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
  return names[static_cast<std::size_t>(level)];
}

LogSink* set_log_sink(LogSink* sink) noexcept { return current_sink.exchange(sink); }

void set_log_level(Level level) noexcept { lowest_level = level; }

bool log_enabled(Level level) noexcept {
  return level >= lowest_level.load(std::memory_order_relaxed);
}

void log(Level level, std::string_view message, std::initializer_list<LogField> fields) noexcept {
  log({.level = level, .message = message, .fields = {fields.begin(), fields.size()}});
}

void log(const LogRecord& record) noexcept {
  if (!log_enabled(record.level)) return;
  if (auto* sink = current_sink.load(std::memory_order_acquire)) {
    sink->write(record);
    return;
  }
  try {
    write_line(record);
  } catch (...) {  // out of memory: a log line is not worth the process
  }
}

}  // namespace plinth::base

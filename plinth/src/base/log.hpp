// The seam every module logs through. Telemetry puts its JSON or console writer behind it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <variant>

namespace plinth::base {

enum class Level : std::uint8_t { debug, info, warning, error, critical };

/// "DEBUG", "INFO", ... as Python's logging names them.
std::string_view level_name(Level level);

struct LogField {
  // One constructor a kind, so that 1, 2u, 3.0, true and "text" all read well at the call.
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;
  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, bool flag) : name(field), value(flag) {}
  LogField(std::string_view field, double number) : name(field), value(number) {}
  template <class Integer>
    requires std::is_integral_v<Integer>
  LogField(std::string_view field, Integer number)
      : name(field), value(static_cast<std::int64_t>(number)) {}

  std::string_view name;
  Value value;
};

struct LogRecord {
  Level level;
  std::string_view message;
  std::span<const LogField> fields;
};

struct LogSink {
  virtual ~LogSink() = default;
  /// Called from any thread, several at once; must not throw.
  virtual void write(const LogRecord& record) noexcept = 0;
};

/// Where records go from now on; null is the default, one line a record to stderr. The sink must
/// outlive its use. Returns the sink that was there.
LogSink* set_log_sink(LogSink* sink) noexcept;
/// Records below `level` are dropped; the default is info.
void set_log_level(Level level) noexcept;
bool log_enabled(Level level) noexcept;

void log(Level level, std::string_view message,
         std::initializer_list<LogField> fields = {}) noexcept;

}  // namespace plinth::base

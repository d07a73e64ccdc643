// The seam every module logs through. Telemetry puts its JSON or console writer behind it.
#pragma once

#include <initializer_list>
#include <string_view>

#include "plinth/logging.hpp"

namespace plinth::base {

using logging::Level;
using LogField = logging::Field;
using LogRecord = logging::Record;

/// "DEBUG", "INFO", ... as Python's logging names them.
std::string_view level_name(Level level);

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
void log(const LogRecord& record) noexcept;

}  // namespace plinth::base

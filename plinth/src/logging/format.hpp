// Log records as lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "plinth/logging.hpp"

namespace plinth::logging {

/// The logger of the access log. In the console its message says what some fields repeat.
inline constexpr std::string_view access_logger = "plinth.access";

/// When a line is made, and for whom the thread works; "" is left out.
struct Moment {
  std::int64_t microseconds;  // since 1970
  std::string_view request_id = {};
  std::string_view trace_id = {};
  std::string_view span_id = {};
  std::string_view user_id = {};
  std::string_view task_id = {};
  std::string_view task_name = {};
};

/// Appends one line with its line feed:
/// {"time":…,"level":…,"logger":…,"message":…,"request_id":…, "trace_id":…,
/// "span_id":…,"user_id":…,"task_id":…,"task_name":…, fields…}
void append_json_line(std::string& out, const Record& record, const Moment& moment);
/// 2026-11-22T14:49:05.514 INFO     app: message key=value request_id=…
void append_console_line(std::string& out, const Record& record, const Moment& moment, bool color);

}  // namespace plinth::logging

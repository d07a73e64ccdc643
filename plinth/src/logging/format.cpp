#include "logging/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <type_traits>
#include <utility>

#include "base/log.hpp"
#include "base/log_escape.hpp"
#include "base/secret_names.hpp"

namespace plinth::logging {

using base::append_json;
using base::append_plain;
using base::append_quoted;

namespace {

// Of a line: a client must not fill the log with one request.
constexpr std::size_t message_bytes_limit = 8192;
constexpr std::size_t value_bytes_limit = 4096;

constexpr std::int64_t second = 1'000'000;  // microseconds

template <class Number>
void append_number(std::string& out, Number value) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_digits(std::string& out, std::int64_t value, int digits) {
  std::int64_t unit = 1;
  for (int i = 1; i < digits; ++i) unit *= 10;
  for (; unit > 0; unit /= 10) out += static_cast<char>('0' + value / unit % 10);
}

// "2026-11-22T14:49:05"; made once a second by each thread.
std::string_view date_and_time(std::int64_t seconds) {
  thread_local std::int64_t kept = -1;
  thread_local char text[32];
  if (kept != seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    kept = seconds;
  }
  return text;
}

void append_json_value(std::string& out, const Field::Value& value) {
  std::visit(
      [&](auto held) {
        using Held = decltype(held);
        if constexpr (std::is_same_v<Held, std::string_view>) {
          append_json(out, held, value_bytes_limit);
        } else if constexpr (std::is_same_v<Held, bool>) {
          out += held ? "true" : "false";
        } else if constexpr (std::is_same_v<Held, double>) {
          if (std::isfinite(held)) {
            append_number(out, held);
          } else {
            out += "null";
          }
        } else {
          append_number(out, held);
        }
      },
      value);
}

void append_console_value(std::string& out, const Field::Value& value) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (!text) {
    append_json_value(out, value);
  } else if (text->empty() || text->find_first_of(" \"=\\") != std::string_view::npos) {
    append_quoted(out, *text, value_bytes_limit);
  } else {
    append_plain(out, *text, value_bytes_limit);
  }
}

// What has the name of a secret is shown as stars.
Field::Value shown(const Field& field) {
  return base::is_secret_name(field.name) ? Field::Value(base::stars) : field.value;
}

bool is_in_message(const Record& record, std::string_view field) {
  return record.logger == access_logger &&
         (field == "method" || field == "path" || field == "status");
}

using Names = std::array<std::pair<std::string_view, std::string_view>, 6>;

Names names_of(const Moment& moment) {
  return {{{"request_id", moment.request_id},
           {"trace_id", moment.trace_id},
           {"span_id", moment.span_id},
           {"user_id", moment.user_id},
           {"task_id", moment.task_id},
           {"task_name", moment.task_name}}};
}

// A field cannot pass for what a line itself says: "level" becomes "level_".
bool is_taken(std::string_view field, const Names& names) {
  constexpr std::array<std::string_view, 4> own = {"time", "level", "logger", "message"};
  const auto is_same = [&](const auto& id) { return id.first == field && !id.second.empty(); };
  return std::ranges::find(own, field) != own.end() || std::ranges::any_of(names, is_same);
}

std::string_view color_of(Level level) {
  constexpr std::string_view colors[] = {"\x1b[36m", "\x1b[32m", "\x1b[33m", "\x1b[31m",
                                         "\x1b[1;31m"};
  return colors[static_cast<std::size_t>(level)];
}

}  // namespace

void append_json_line(std::string& out, const Record& record, const Moment& moment) {
  out += R"({"time":")";
  out += date_and_time(moment.microseconds / second);
  out += '.';
  append_digits(out, moment.microseconds % second, 6);
  out += R"(Z","level":")";
  out += base::level_name(record.level);
  out += R"(","logger":)";
  append_json(out, record.logger, value_bytes_limit);
  out += R"(,"message":)";
  append_json(out, record.message, message_bytes_limit);
  const auto names = names_of(moment);
  for (const auto& [name, value] : names) {
    if (value.empty()) continue;
    out.append(",\"").append(name).append("\":");
    append_json(out, value, value_bytes_limit);
  }
  for (const auto& field : record.fields) {
    out += ',';
    if (is_taken(field.name, names)) {
      append_json(out, std::string(field.name) + "_", value_bytes_limit);
    } else {
      append_json(out, field.name, value_bytes_limit);
    }
    out += ':';
    append_json_value(out, shown(field));
  }
  out += "}\n";
}

void append_console_line(std::string& out, const Record& record, const Moment& moment, bool color) {
  const auto level = base::level_name(record.level);
  if (color) out += "\x1b[2m";
  out += date_and_time(moment.microseconds / second);
  out += '.';
  append_digits(out, moment.microseconds % second / 1000, 3);
  out += color ? "\x1b[0m " : " ";
  if (color) out += color_of(record.level);
  out += level;
  if (color) out += "\x1b[0m";
  out.append(9 - std::min<std::size_t>(level.size(), 8), ' ');
  append_plain(out, record.logger, value_bytes_limit);
  out += ": ";
  append_plain(out, record.message, message_bytes_limit);
  const auto names = names_of(moment);
  for (const auto& field : record.fields) {
    if (is_in_message(record, field.name)) continue;
    out += ' ';
    append_plain(out, field.name, value_bytes_limit);
    if (is_taken(field.name, names)) out += '_';
    out += '=';
    append_console_value(out, shown(field));
  }
  for (const auto& [name, value] : names) {
    // The span is for machines, which read JSON.
    if (value.empty() || name == "span_id") continue;
    out.append(" ").append(name).append("=");
    append_console_value(out, value);
  }
  out += '\n';
}

}  // namespace plinth::logging

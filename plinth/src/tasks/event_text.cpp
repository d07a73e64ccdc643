#include "tasks/event_text.hpp"

#include <unistd.h>

#include <ctime>
#include <utility>

#include "base/clock.hpp"
#include "formats/datetime.hpp"
#include "json/writer.hpp"
#include "tasks/envelope.hpp"
#include "tasks/python_text.hpp"

namespace plinth::tasks {

namespace {

// Whole hours west of Greenwich, as time.timezone // 3600.
std::int64_t utc_offset_hours() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return -local.tm_gmtoff / 3600;
}

}  // namespace

EventText::EventText(std::string_view hostname, std::int64_t clock) {
  out_.reserve(512);
  out_ = R"({"hostname": )";
  append_python_string(out_, hostname);
  integer("utcoffset", utc_offset_hours());
  integer("pid", ::getpid());
  integer("clock", clock);
}

EventText& EventText::raw(std::string_view name, std::string_view json) {
  out_ += ", \"";
  out_ += name;
  out_ += "\": ";
  out_ += json;
  return *this;
}

EventText& EventText::text(std::string_view name, std::string_view value) {
  raw(name, {});
  append_python_string(out_, value);
  return *this;
}

EventText& EventText::text_or_null(std::string_view name, std::string_view value) {
  return value.empty() ? raw(name, "null") : text(name, value);
}

EventText& EventText::number(std::string_view name, double value) {
  raw(name, {});
  json::append_float(out_, value, json::Floats::python);
  return *this;
}

EventText& EventText::integer(std::string_view name, std::int64_t value) {
  return raw(name, std::to_string(value));
}

EventText& EventText::boolean(std::string_view name, bool value) {
  return raw(name, value ? "true" : "false");
}

EventText& EventText::time_or_null(std::string_view name, const std::optional<DateTime>& value) {
  return text_or_null(name, value ? formats::python_iso(*value) : std::string());
}

EventText& EventText::arguments(const Message& message) {
  text("args",
       message.argsrepr.empty() ? saferepr(message.args, Sequence::tuple) : message.argsrepr);
  return text("kwargs", message.kwargsrepr.empty() ? saferepr(message.kwargs) : message.kwargsrepr);
}

std::string EventText::end(std::string_view type) {
  number("timestamp", base::seconds_of(base::clock_microseconds()));
  text("type", type);
  out_ += '}';
  return std::move(out_);
}

std::string channel_prefix(const redis::Url& url) {
  return "/" + std::to_string(url.database) + ".";
}

redis::Words event_publication(const std::string& channel_prefix, std::string_view hostname,
                               const std::string& routing_key, std::string body) {
  std::string headers = R"({"hostname": )";
  append_python_string(headers, hostname);
  return {"PUBLISH", channel_prefix + "celeryev/" + routing_key,
          encode(Envelope{.body = std::move(body),
                          .headers = headers + "}",
                          .exchange = "celeryev",
                          .routing_key = routing_key})};
}

}  // namespace plinth::tasks

// A collector of traces for one test: in Python, on a free port of the loopback. It looks at every
// field of what it is sent; otlp_receiver.py says how.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/json.hpp"
#include "support/command.hpp"

namespace support {

using plinth::Json;

class OtlpReceiver {
 public:
  /// answers  to the first requests: "503,429:1,200:2"; see otlp_receiver.py
  explicit OtlpReceiver(const std::string& answers = {}, int port = 0);
  OtlpReceiver(const OtlpReceiver&) = delete;
  OtlpReceiver& operator=(const OtlpReceiver&) = delete;

  /// "http://127.0.0.1:41234"
  std::string url() const { return "http://127.0.0.1:" + port_; }
  int port() const { return std::stoi(port_); }

  /// The next request as otlp_receiver.py tells it; waits for it. Throws std::runtime_error when
  /// none comes, or when there is anything wrong with it.
  Json next();
  /// The spans of requests that were answered 200, until there are so many; waits for them.
  std::vector<Json> spans(std::size_t count);

 private:
  std::string next_line();

  std::string port_;
  std::unique_ptr<Child> process_;
};

inline Json OtlpReceiver::next() {
  const auto line = next_line();
  if (line.empty()) throw std::runtime_error("no spans came to the receiver in a minute");
  auto report = Json::parse(line);
  if (report["problems"].size() > 0) {
    throw std::runtime_error("this is no OTLP: " + report["problems"].dump());
  }
  return report;
}

inline std::vector<Json> OtlpReceiver::spans(std::size_t count) {
  std::vector<Json> all;
  while (all.size() < count) {
    const auto report = next();
    if (report["status"] != Json(200)) continue;
    for (const auto& span : report["spans"].items()) all.push_back(span);
  }
  return all;
}

inline std::vector<std::string> names_of(const std::vector<Json>& spans) {
  std::vector<std::string> names;
  names.reserve(spans.size());
  for (const auto& span : spans) names.push_back(span["name"].str());
  return names;
}

/// The span of that name. Throws std::runtime_error when there is not just one.
inline const Json& find_span(const std::vector<Json>& spans, const std::string& name) {
  const Json* found = nullptr;
  for (const auto& span : spans) {
    if (span["name"].str() != name) continue;
    if (found) throw std::runtime_error("two spans are named " + name);
    found = &span;
  }
  if (found) return *found;
  std::string names;
  for (const auto& one : names_of(spans)) names += "\n" + one;
  throw std::runtime_error("no span is named " + name + ", but these are:" + names);
}

/// The attribute, or null.
inline Json attribute(const Json& span, const std::string& name) {
  const auto* found = span["attributes"].find(name);
  return found ? *found : Json();
}

}  // namespace support

// The log of one test, kept for it and out of the output.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/log.hpp"

namespace redis_test {

struct Log final : plinth::base::LogSink {
  Log() : previous(plinth::base::set_log_sink(this)) {}
  ~Log() override { plinth::base::set_log_sink(previous); }
  void write(const plinth::base::LogRecord& record) noexcept override {
    const std::lock_guard lock(mutex);
    lines.emplace_back(record.message);
  }
  std::size_t count(const std::string& part) {
    const std::lock_guard lock(mutex);
    std::size_t found = 0;
    for (const auto& line : lines) found += line.find(part) != std::string::npos ? 1 : 0;
    return found;
  }

  plinth::base::LogSink* previous;
  std::mutex mutex;
  std::vector<std::string> lines;
};

}  // namespace redis_test

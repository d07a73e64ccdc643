// The service that takes spans, over HTTP; blocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plinth::tracing {

struct CollectorOptions {
  std::string url;  // "http://localhost:4318/v1/traces"
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string certificate = {};
  bool gzip = true;
  int timeout_ms = 10'000;
};

/// What came of a post.
struct Answer {
  int status = 0;  // 0: none came
  std::string body = {};
  std::string why = {};            // of one that did not go well
  std::int64_t retry_after_s = 0;  // 0: it does not say

  bool is_success() const { return status >= 200 && status < 300; }
  /// The same may go well later. Source: OTLP specification, "Retryable Response Codes".
  bool is_retryable() const {
    return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
  }
};

/// One thread's.
class Collector {
 public:
  /// Throws std::invalid_argument that names the option.
  explicit Collector(CollectorOptions options);
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  ~Collector();

  /// give_up_ms  from any thread: when the post is to end, by base::monotonic_ms(); 0: never
  Answer post(const std::string& json, const std::atomic<std::int64_t>& give_up_ms);
  /// For log lines: without a password.
  const std::string& shown_url() const { return shown_url_; }

 private:
  struct Handle;
  CollectorOptions options_;
  std::string shown_url_;
  std::unique_ptr<Handle> handle_;  // made at the first post, keeps its connection
};

}  // namespace plinth::tracing

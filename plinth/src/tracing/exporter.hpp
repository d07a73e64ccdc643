// Takes spans from every thread and sends them to a collector from one of its own.
//
// Invariants
// - take() waits for nothing but a short lock. What finds the queue full is dropped and counted.
// - A batch is sent until it was taken, refused for good, or too old; the queue fills meanwhile.
// - The thread starts with the first span: a process that only starts others has none.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tracing/collector.hpp"
#include "tracing/otlp.hpp"

namespace plinth::tracing {

struct ExporterOptions {
  CollectorOptions collector;
  std::vector<base::SpanAttribute> resource = {};
  int schedule_delay_ms = 5'000;
  std::size_t queue_limit = 2'048;
  std::size_t batch_limit = 512;
  int shutdown_timeout_ms = 5'000;
  // Of a batch that nobody takes: the first pause, doubled each time, the longest, and how long it
  // is tried at all.
  int pause_ms = 1'000;
  int pause_ms_max = 30'000;
  int retry_ms_max = 60'000;
  int log_interval_ms = 60'000;  // between two lines about the same trouble
};

/// Thread safety: all methods from any thread.
class Exporter {
 public:
  explicit Exporter(ExporterOptions options);
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;
  /// Sends what waits, within the options' time.
  ~Exporter();

  void take(std::unique_ptr<base::SpanData> span) noexcept;
  /// Until what was taken so far has been sent or dropped.
  void flush(int timeout_ms);
  std::uint64_t exported() const { return exported_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  void run();
  void send(Spans batch);
  bool pause(std::int64_t milliseconds);
  void drop(std::size_t spans, const std::string& why);
  void count_dropped(std::size_t spans) noexcept;
  void report(const std::string& why);

  const ExporterOptions options_;
  Collector collector_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable sent_;
  Spans queue_;
  bool sending_ = false;
  bool flushing_ = false;
  bool closing_ = false;
  std::thread thread_;
  std::atomic<std::int64_t> give_up_ms_ = 0;
  std::atomic<std::uint64_t> exported_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  // The thread's.
  std::uint64_t told_dropped_ = 0;
  std::int64_t told_ms_ = 0;
  bool in_trouble_ = false;
};

}  // namespace plinth::tracing

#include "tracing/exporter.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/process_metrics.hpp"
#include "base/unique_bits.hpp"

namespace plinth::tracing {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t retry_after_ms_max = 300'000;

// So that many processes do not come back at the same moment.
std::int64_t with_jitter(std::int64_t pause_ms) {
  return pause_ms / 2 +
         static_cast<std::int64_t>(base::unique_bits() % static_cast<std::uint64_t>(pause_ms + 1));
}

}  // namespace

Exporter::Exporter(ExporterOptions options)
    : options_(std::move(options)), collector_(options_.collector) {}

Exporter::~Exporter() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    give_up_ms_ = base::monotonic_ms() + options_.shutdown_timeout_ms;
  }
  arrived_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Exporter::take(std::unique_ptr<base::SpanData> span) noexcept {
  bool wakes = false;
  try {
    const std::lock_guard lock(mutex_);
    if (closing_ || queue_.size() >= options_.queue_limit) {
      count_dropped(1);
      return;
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    queue_.push_back(std::move(span));
    wakes = queue_.size() == 1 || queue_.size() == options_.batch_limit;
  } catch (...) {  // no memory, no thread: a span is not worth the request
    count_dropped(1);
  }
  if (wakes) arrived_.notify_all();
}

void Exporter::flush(int timeout_ms) {
  std::unique_lock lock(mutex_);
  flushing_ = true;
  arrived_.notify_all();
  sent_.wait_for(lock, milliseconds(timeout_ms), [this] { return queue_.empty() && !sending_; });
  flushing_ = false;
}

void Exporter::run() {
  ::pthread_setname_np(::pthread_self(), "otlp-export");
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    arrived_.wait_for(lock, milliseconds(options_.schedule_delay_ms), [this] {
      return closing_ || flushing_ || queue_.size() >= options_.batch_limit;
    });
    Spans batch;
    if (queue_.size() <= options_.batch_limit) {
      batch = std::exchange(queue_, {});
    } else {
      const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(options_.batch_limit);
      batch.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
      queue_.erase(queue_.begin(), end);
    }
    sending_ = true;
    lock.unlock();
    const auto size = batch.size();
    try {
      send(std::move(batch));
    } catch (const std::exception& error) {
      drop(size, error.what());
    }
    lock.lock();
    sending_ = false;
    sent_.notify_all();
  }
}

void Exporter::send(Spans batch) {
  const auto json = encode(options_.resource, batch);
  const auto size = batch.size();
  batch.clear();
  const auto began = base::monotonic_ms();
  std::int64_t pause_ms = options_.pause_ms;
  while (true) {
    const auto answer = collector_.post(json, give_up_ms_);
    if (answer.is_success()) {
      const auto partial = decode_response(answer.body);
      const auto rejected = std::min<std::uint64_t>(partial.rejected, size);
      exported_ += size - rejected;
      base::process_metrics().spans_exported.add(static_cast<double>(size - rejected));
      if (rejected > 0) return drop(rejected, "rejected: " + partial.message);
      if (std::exchange(in_trouble_, false)) {
        base::log(base::Level::info, "spans are exported again",
                  {{"endpoint", collector_.shown_url()}, {"dropped", dropped_.load()}});
      }
      return;
    }
    const auto next_ms = answer.retry_after_s > 0
                             ? std::min(answer.retry_after_s * 1000, retry_after_ms_max)
                             : with_jitter(pause_ms);
    const bool in_time = base::monotonic_ms() + next_ms - began <= options_.retry_ms_max;
    if (!answer.is_retryable() || !in_time) return drop(size, answer.why);
    report(answer.why);
    if (!pause(next_ms)) return drop(size, answer.why);
    pause_ms = std::min<std::int64_t>(2 * pause_ms, options_.pause_ms_max);
  }
}

// False: the exporter closes, and nobody waits for a collector that took nothing just now.
bool Exporter::pause(std::int64_t milliseconds_long) {
  std::unique_lock lock(mutex_);
  return !arrived_.wait_for(lock, milliseconds(milliseconds_long), [this] { return closing_; });
}

void Exporter::drop(std::size_t spans, const std::string& why) {
  count_dropped(spans);
  report(why);
}

void Exporter::count_dropped(std::size_t spans) noexcept {
  dropped_ += spans;
  base::process_metrics().spans_dropped.add(static_cast<double>(spans));
}

void Exporter::report(const std::string& why) {
  const auto now = base::monotonic_ms();
  if (in_trouble_ && now - told_ms_ < options_.log_interval_ms) return;
  in_trouble_ = true;
  told_ms_ = now;
  const auto dropped = dropped_.load();
  base::log(base::Level::warning, "spans cannot be exported",
            {{"endpoint", collector_.shown_url()},
             {"error", why},
             {"dropped", dropped - std::exchange(told_dropped_, dropped)}});
}

}  // namespace plinth::tracing

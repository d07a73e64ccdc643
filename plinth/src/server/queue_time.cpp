#include "server/queue_time.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace plinth::server {
namespace {

constexpr unsigned one_in = 16;
constexpr std::int64_t interval_ms_min = 100;  // RFC 8289 4.3: the worst round trip, usually

}  // namespace

std::int64_t since_last_bytes_ms(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) < 0) return 0;
  return info.tcpi_last_data_recv;
}

bool QueueTime::should_measure(std::int64_t now_ms) {
  if (limit_ms_ == 0) return false;
  return ++requests_ % one_in == 0 || now_ms < measure_until_ms_;
}

bool QueueTime::is_too_long(std::int64_t now_ms, std::int64_t waited_ms) {
  if (now_ms >= interval_end_ms_) end_interval(now_ms);
  least_ms_ = std::min(least_ms_, waited_ms);
  if (waited_ms > limit_ms_ / 4) measure_until_ms_ = now_ms + 1'000;
  if (!standing_ || waited_ms <= limit_ms_) return false;
  beginning_ |= !std::exchange(refusing_, true);
  refused_ = true;
  return true;
}

void QueueTime::end_interval(std::int64_t now_ms) {
  const auto interval_ms = std::max(interval_ms_min, limit_ms_);
  const bool recent = interval_end_ms_ != 0 && now_ms < interval_end_ms_ + interval_ms;
  standing_ = recent && least_ms_ > limit_ms_ / 2;
  refusing_ = std::exchange(refused_, false);
  least_ms_ = INT64_MAX;
  interval_end_ms_ = now_ms + interval_ms;
}

bool QueueTime::take_beginning() { return std::exchange(beginning_, false); }

}  // namespace plinth::server

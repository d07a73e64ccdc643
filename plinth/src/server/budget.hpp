// Bytes that the connections of a process share.
#pragma once

#include <atomic>
#include <cstddef>

namespace plinth::server {

/// Thread safety: all of it.
class Budget {
 public:
  explicit Budget(std::size_t bytes_max) : max_(bytes_max) {}

  /// False, and nothing is taken, when there are not so many left.
  bool take(std::size_t bytes) {
    const auto before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= max_) return true;
    give(bytes);
    return false;
  }
  void give(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  const std::size_t max_;
  std::atomic<std::size_t> used_ = 0;
};

}  // namespace plinth::server

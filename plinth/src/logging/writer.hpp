// A thread that writes text to a file descriptor, so that nobody else waits for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace plinth::logging {

/// Thread safety: all methods from any thread.
class Writer {
 public:
  /// The line that tells of lines that were lost.
  using TellLost = std::string (*)(std::uint64_t count);

  Writer(int file_descriptor, std::size_t queue_bytes_limit, TellLost tell_lost);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Writes what waits.
  ~Writer();

  /// Takes a whole line; false, and the line is lost, when the queue is full.
  bool push(std::string_view line);
  void flush();
  std::uint64_t dropped() const;

 private:
  void run();
  void write(std::string_view text) const;

  const int file_descriptor_;
  const std::size_t limit_;
  const TellLost tell_lost_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable written_;
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  bool writing_ = false;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace plinth::logging

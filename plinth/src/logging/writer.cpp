#include "logging/writer.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/process_metrics.hpp"

namespace plinth::logging {

Writer::Writer(int file_descriptor, std::size_t queue_bytes_limit, TellLost tell_lost)
    : file_descriptor_(file_descriptor), limit_(queue_bytes_limit), tell_lost_(tell_lost) {
  // The thread takes no signals: a broken pipe is an error of write(), and others are for main.
  ::sigset_t all;
  ::sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_setname_np(thread_.native_handle(), "log");
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

bool Writer::push(std::string_view line) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > limit_) {
      ++dropped_;
      base::process_metrics().log_records_dropped.add();
      return false;
    }
    const bool was_empty = waiting_.empty();
    waiting_ += line;
    if (!was_empty) return true;  // the thread has been told
  }
  arrived_.notify_one();
  return true;
}

void Writer::flush() {
  std::unique_lock lock(mutex_);
  written_.wait(lock, [this] { return waiting_.empty() && !writing_; });
}

std::uint64_t Writer::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Writer::run() {
  std::string text;
  std::uint64_t told = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    arrived_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    text.clear();
    std::swap(text, waiting_);
    const auto lost = dropped_ - std::exchange(told, dropped_);
    writing_ = true;
    lock.unlock();
    write(text);
    if (lost > 0) write(tell_lost_(lost));
    lock.lock();
    writing_ = false;
    if (waiting_.empty()) written_.notify_all();
  }
}

void Writer::write(std::string_view text) const {
  while (!text.empty()) {
    const auto count = ::write(file_descriptor_, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // a terminal or pipe that somebody made non-blocking
      ::pollfd ready{.fd = file_descriptor_, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return;  // nobody reads it any more
    }
  }
}

}  // namespace plinth::logging

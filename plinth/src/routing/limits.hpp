// What a route allows: so many handlers at once, so much time for each.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/loop.hpp"
#include "plinth/error.hpp"
#include "routing/call.hpp"

namespace plinth::routing {

/// Nothing has been done: 503 that asks to come again in a second.
HttpError overloaded();
/// Something may have been done: 503 without such an invitation.
HttpError timed_out();

/// One of the places of a route, while it lives. From any thread.
class Permit {
 public:
  /// max  0: everybody has one, and nobody is counted
  Permit(std::atomic<std::size_t>& running, std::size_t max);
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  ~Permit();

  bool is_given() const { return given_; }

 private:
  std::atomic<std::size_t>* running_;  // null: not counted
  bool given_;
};

/// The time that a handler has, from its request's arrival. A handler that never waits costs no
/// timer.
class Deadline {
 public:
  /// limit_ms  0: what the server gives (base::Context)
  explicit Deadline(std::int64_t limit_ms);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();

  /// Before the handler has begun.
  bool is_over() const;

  /// Awaits what is pending, or the end of the time.
  struct Watch {
    Call::Pending pending;
    Deadline& deadline;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter) const {
      if (!pending.await_suspend(waiter)) return false;
      deadline.arm(waiter);
      return true;
    }
    void await_resume() const noexcept { deadline.disarm(); }
  };
  Watch watch(Call::Pending pending) { return {pending, *this}; }
  /// Whether the last watch ended because the time did.
  bool take_expiry();

 private:
  struct Alarm;

  void arm(std::coroutine_handle<> waiter);
  void disarm();

  std::int64_t due_ms_ = 0;  // 0: never
  std::unique_ptr<Alarm> alarm_;
};

}  // namespace plinth::routing

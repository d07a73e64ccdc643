// The event loop of a thread: one io_context, the Tasks that run on it, and the way in from other
// threads.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/context.hpp"
#include "plinth/task.hpp"

namespace boost::asio {
class io_context;
}

namespace plinth::base {

/// A loop's address for other threads; valid after the loop has gone.
class LoopAddress {
 public:
  /// Runs `job` on the loop's thread, soon. False, and `job` destroyed here, when the loop has
  /// gone.
  bool post(std::function<void()> job) const;

 private:
  friend class Loop;
  struct Mailbox;
  std::shared_ptr<Mailbox> mailbox_;
};

/// Not thread-safe but for address() and stop(); a thread has at most one.
class Loop {
 public:
  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// The loop of this thread; made at the first call.
  static Loop& current();

  boost::asio::io_context& context();
  LoopAddress address() const;
  void post(std::function<void()> job);

  /// Runs until stop().
  void run();
  /// Ends run(), after what it is doing. From any thread.
  void stop();
  /// Runs until the task is done. Throws std::logic_error inside a running loop, as asyncio.run
  /// does.
  void run_until_done(Task<void>& task);

  /// Runs the task beside its caller, from now on. What it throws is logged. Unfinished ones are
  /// destroyed with the loop.
  void spawn(Task<void> task);
  std::size_t spawned() const;
  /// What somebody keeps on this loop under a key of their own; null at first. Destroyed with the
  /// loop, before its io_context.
  std::shared_ptr<void>& local(const void* key);
  void forget(const void* key);

  /// Destroys them all, as asyncio.run cancels what is left at its end, and forgets the events
  /// they waited for.
  void cancel_spawned();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Where a coroutine waits for an event that may come after the coroutine has been destroyed: the
/// event holds `resumer()`, the coroutine awaits the Arrival. All on one thread.
class Arrival {
 public:
  struct Slot {
    std::coroutine_handle<> waiter;
    const Context* context = nullptr;
    bool arrived = false;
    void arrive() {
      arrived = true;
      const ContextScope scope(context);
      if (auto coroutine = std::exchange(waiter, {})) coroutine.resume();
    }
  };

  Arrival() : slot_(std::make_shared<Slot>()) {}
  /// With a slot that is part of something larger.
  explicit Arrival(std::shared_ptr<Slot> slot) : slot_(std::move(slot)) {}
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;
  ~Arrival() { slot_->waiter = {}; }

  std::shared_ptr<Slot> slot() const { return slot_; }
  bool await_ready() const noexcept { return slot_->arrived; }
  void await_suspend(std::coroutine_handle<> coroutine) noexcept {
    slot_->waiter = coroutine;
    slot_->context = current_context;
  }
  void await_resume() noexcept { slot_->arrived = false; }

 private:
  std::shared_ptr<Slot> slot_;
};

}  // namespace plinth::base

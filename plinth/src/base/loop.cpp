#include "base/loop.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace asio = boost::asio;

namespace plinth::base {
namespace {

constinit thread_local Loop* loop_of_thread = nullptr;

void log_failure(std::exception_ptr error) noexcept {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& failure) {
    log(Level::error, "a background task failed", {{"error", failure.what()}});
  } catch (...) {
    log(Level::error, "a background task failed");
  }
}

}  // namespace

struct LoopAddress::Mailbox {
  std::mutex mutex;
  asio::io_context* context;
};

bool LoopAddress::post(std::function<void()> job) const {
  const std::lock_guard lock(mailbox_->mutex);
  if (!mailbox_->context) return false;
  asio::post(*mailbox_->context, std::move(job));
  return true;
}

namespace {

// A spawned Task: a coroutine that owns itself; the hook lets its loop find and end it.
struct Spawned {
  struct promise_type : boost::intrusive::list_base_hook<
                            boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    static void* operator new(std::size_t size) { return detail::allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept {
      detail::free_frame(frame, size);
    }
    Spawned get_return_object() { return {Handle::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { log_failure(std::current_exception()); }
  };
  using Handle = std::coroutine_handle<promise_type>;
  using List = boost::intrusive::list<promise_type, boost::intrusive::constant_time_size<false>>;

  Handle handle;
};

Spawned drive(Task<void> task) { co_await std::move(task); }

void destroy_all(Spawned::List& list) {
  while (!list.empty()) Spawned::Handle::from_promise(list.front()).destroy();
}

}  // namespace

struct Loop::State {
  // The hint leaves out the reactor's locks: sockets and timers are touched by the loop's thread
  // only. Posting from other threads stays safe.
  asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  LoopAddress address;
  Spawned::List spawned;
  std::vector<std::pair<const void*, std::shared_ptr<void>>> locals;
  bool running = false;
};

Loop::Loop() : state_(std::make_unique<State>()) {
  if (loop_of_thread) throw std::logic_error("this thread has an event loop already");
  loop_of_thread = this;
  state_->address.mailbox_ = std::make_shared<LoopAddress::Mailbox>();
  state_->address.mailbox_->context = &state_->context;
}

Loop::~Loop() {
  {
    const std::lock_guard lock(state_->address.mailbox_->mutex);
    state_->address.mailbox_->context = nullptr;
  }
  destroy_all(state_->spawned);
  // One by one: what is destroyed may look for others.
  while (!state_->locals.empty()) {
    const auto last = std::move(state_->locals.back().second);
    state_->locals.pop_back();
  }
  state_.reset();
  loop_of_thread = nullptr;
}

Loop& Loop::current() {
  if (!loop_of_thread) {
    thread_local std::unique_ptr<Loop> own;
    own = std::make_unique<Loop>();
  }
  return *loop_of_thread;
}

asio::io_context& Loop::context() { return state_->context; }
LoopAddress Loop::address() const { return state_->address; }
void Loop::post(std::function<void()> job) { asio::post(state_->context, std::move(job)); }

std::shared_ptr<void>& Loop::local(const void* key) {
  for (auto& [own, value] : state_->locals) {
    if (own == key) return value;
  }
  return state_->locals.emplace_back(key, nullptr).second;
}

void Loop::forget(const void* key) {
  auto& locals = state_->locals;
  const auto found = std::find_if(locals.begin(), locals.end(),
                                  [key](const auto& local) { return local.first == key; });
  if (found == locals.end()) return;
  const auto value = std::move(found->second);
  locals.erase(found);
}

void Loop::run() {
  state_->running = true;
  state_->context.run();
  state_->context.restart();  // only now: a stop() that came before run() counts
  state_->running = false;
}

void Loop::stop() { state_->context.stop(); }

void Loop::run_until_done(Task<void>& task) {
  if (state_->running)
    throw std::logic_error("plinth::run cannot be called from a running event loop");
  state_->running = true;
  task.start();
  while (!task.done()) {
    if (state_->context.run_one() == 0) state_->context.restart();  // stop() is for run()
  }
  state_->running = false;
}

void Loop::spawn(Task<void> task) {
  const auto spawned = drive(std::move(task));
  state_->spawned.push_back(spawned.handle.promise());
  const ContextScope scope(nullptr);  // it may outlive what its caller works for
  spawned.handle.resume();
}

std::size_t Loop::spawned() const { return state_->spawned.size(); }

void Loop::cancel_spawned() {
  destroy_all(state_->spawned);
  state_->context.poll();
  state_->context.restart();
}

}  // namespace plinth::base

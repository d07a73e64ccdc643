// What plinth/task.hpp declares, on the loop and the worker pool.
#include "plinth/task.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "base/loop.hpp"
#include "base/worker_pool.hpp"
#include "plinth/error.hpp"

namespace plinth {

namespace detail {

struct InThread::Link {
  std::coroutine_handle<> waiter;  // touched on the loop's thread only, as the context
  const base::Context* context;
};

namespace {

// Runs the closure on the worker and takes it back to the loop, so that what the closure owns is
// also destroyed there.
struct RoundTrip final : ThreadJob {
  void run() noexcept override {
    job->run();
    home.post([closure = std::move(job), to = std::move(link)] {
      const base::ContextScope scope(to->context);
      if (auto waiter = std::exchange(to->waiter, {})) waiter.resume();
    });
  }

  std::shared_ptr<ThreadJob> job;
  std::shared_ptr<InThread::Link> link;
  base::LoopAddress home;
};

}  // namespace

InThread::~InThread() {
  if (link) link->waiter = {};
}

void InThread::await_suspend(std::coroutine_handle<> waiter) {
  auto trip = std::make_shared<RoundTrip>();
  trip->job = job;
  trip->link = std::make_shared<Link>(waiter, base::current_context);
  trip->home = base::Loop::current().address();
  auto& workers = pool ? *pool : base::WorkerPool::shared();
  auto way_back = trip->link;
  if (!workers.submit(std::move(trip))) {
    throw HttpError(503, "Service Unavailable", {{"retry-after", "1"}});
  }
  link = std::move(way_back);
}

void run_until_done(Task<void>& task) { base::Loop::current().run_until_done(task); }

}  // namespace detail

Task<void> sleep_for(long long milliseconds) {
  base::Arrival arrival;
  boost::asio::steady_timer timer(base::Loop::current().context(),
                                  std::chrono::milliseconds(milliseconds));
  timer.async_wait([slot = arrival.slot()](boost::system::error_code) { slot->arrive(); });
  co_await arrival;
}

}  // namespace plinth

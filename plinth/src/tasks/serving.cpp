// init_celery: what runs beside the server. Without a broker a worker and the schedule; with one
// what moves the outbox to it.
#include <pthread.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/loop_lag.hpp"
#include "plinth/app.hpp"
#include "plinth/tasks.hpp"
#include "routing/app_state.hpp"
#include "tasks/beat.hpp"
#include "tasks/celery.hpp"
#include "tasks/relay.hpp"
#include "tasks/run.hpp"
#include "tasks/worker.hpp"

namespace plinth {

namespace {

// A thread with a loop of its own, so that neither the server's requests nor its tasks wait for
// each other.
class Beside {
 public:
  explicit Beside(Celery::Impl& celery) : celery_(celery) {
    std::promise<base::LoopAddress> made;
    auto address = made.get_future();
    thread_ =
        std::thread([this, promise = std::move(made)]() mutable { work(std::move(promise)); });
    address_ = address.get();
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() { stop(); }

  /// Blocks until what runs has ended, or its grace is over.
  void stop() {
    if (!thread_.joinable()) return;
    address_.post([this] {
      if (worker_) return worker_->stop();
      loop_->stop();
    });
    thread_.join();
  }

 private:
  void work(std::promise<base::LoopAddress> made) {
    ::pthread_setname_np(::pthread_self(), "tasks");
    base::Loop loop;
    const base::LoopLag lag("worker");
    loop_ = &loop;
    if (celery_.options.broker_url) {
      made.set_value(loop.address());
      if (celery_.outbox_broker) {
        loop.spawn(tasks::relay(*celery_.outbox_broker, *celery_.broker));
      }
      loop.run();
    } else {
      tasks::Worker worker(celery_, {});
      worker_ = &worker;
      if (!celery_.periodic.empty()) loop.spawn(tasks::run_beat(celery_));
      made.set_value(loop.address());
      auto running = run(worker);
      loop.run_until_done(running);
      worker_ = nullptr;
      loop.cancel_spawned();
    }
    loop.cancel_spawned();
  }

  static Task<void> run(tasks::Worker& worker) {
    try {
      co_await worker.run();
    } catch (const std::exception& error) {
      base::log(base::Level::error, "tasks are not run", {{"error", error.what()}});
    }
  }

  Celery::Impl& celery_;
  base::Loop* loop_ = nullptr;
  tasks::Worker* worker_ = nullptr;
  base::LoopAddress address_;
  std::thread thread_;
};

Yield<std::shared_ptr<Beside>> celery_beside(Celery& celery) {
  // A task that asks for what nobody provides ends the start, not only its own runs.
  const tasks::PlannedTasks checked(celery.impl());
  auto beside = std::make_shared<Beside>(celery.impl());
  co_yield beside;
  co_await in_thread([beside] { beside->stop(); });
}

}  // namespace

void init_celery(App& app) {
  auto& celery = app.provided<Celery>().impl();
  celery.app = &app.state();
  app.state().celery = &celery;
  app.lifespan<celery_beside>();
}

}  // namespace plinth

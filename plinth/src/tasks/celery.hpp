// What a Celery is made of. Lives at one address, however its Celery moves.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/app.hpp"
#include "plinth/tasks.hpp"
#include "tasks/broker.hpp"
#include "tasks/database_broker.hpp"

namespace plinth {

namespace tasks {
class Worker;
class WorkerObserver;
}  // namespace tasks

struct Celery::Impl {
  struct PeriodicTask {
    std::string name;
    Schedule schedule;
    Signature task;
  };

  Impl(std::string app_name, Engine* database, CeleryOptions configuration);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  /// Null: this application does not run a task of that name.
  const detail::TaskRow* find(std::string_view task) const;

  std::string main;
  CeleryOptions options;
  Engine* engine;
  Celery* face = nullptr;  // moves
  std::map<std::string, detail::TaskRow, std::less<>> registered;
  std::vector<PeriodicTask> periodic;
  std::unique_ptr<tasks::Broker> broker;
  std::unique_ptr<tasks::DatabaseBroker> outbox_broker;  // beside Redis, if there is a database
  detail::AppState* app = nullptr;                // whose objects tasks are lent; see init_celery
  std::vector<tasks::WorkerObserver*> observers;  // of each worker that is made from now on
  std::mutex workers_mutex;
  std::vector<tasks::Worker*> workers;  // that work in this process, for revoke()
  // A thread had to be given up and may use all of this: the process must end without destroying
  // it.
  std::atomic<bool> leaked = false;
  std::string origin;  // "gen4803@vm", of messages that are sent here
  std::string oid;     // of this process, as Celery's reply_to
};

namespace tasks {

/// The one to send by, here and now; see Celery::current.
Celery::Impl& current_celery();

std::string host_name();

}  // namespace tasks
}  // namespace plinth

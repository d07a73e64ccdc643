#include "tasks/celery.hpp"

#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "base/context.hpp"
#include "plinth/values.hpp"
#include "redis/client.hpp"
#include "tasks/database_broker.hpp"
#include "tasks/event_text.hpp"
#include "tasks/redis_broker.hpp"

namespace plinth {

namespace {

// Who is alive, the last one made at the end: Celery's current_app.
struct Alive {
  std::mutex mutex;
  std::vector<Celery::Impl*> all;
};
Alive& alive() {
  static Alive made;
  return made;
}

std::unique_ptr<tasks::Broker> make_broker(const CeleryOptions& options, Engine* engine) {
  if (options.broker_url) {
    return tasks::make_redis_broker(*options.broker_url,
                                    options.result_backend.value_or(*options.broker_url),
                                    {.visibility_timeout = options.visibility_timeout,
                                     .connection_timeout = options.broker_connection_timeout,
                                     .queue_max_length = options.task_queue_max_length});
  }
  if (!engine) {
    throw std::invalid_argument(
        "Celery: neither a broker_url nor an engine; give it one: "
        "Celery(\"app\", {.broker_url = \"redis://localhost:6379/0\"}) or Celery(\"app\", engine)");
  }
  return tasks::make_database_broker(*engine, {.queue_max_length = options.task_queue_max_length});
}

}  // namespace

Celery::Impl::Impl(std::string app_name, Engine* database, CeleryOptions configuration)
    : main(std::move(app_name)),
      options(std::move(configuration)),
      engine(database),
      broker(make_broker(options, engine)),
      origin("gen" + std::to_string(::getpid()) + "@" + tasks::host_name()),
      oid(Uuid::random().str()) {
  if (options.broker_url) {
    const auto url = redis::parse_url(*options.broker_url);
    clients = std::make_unique<redis::Clients>(url);
    channel_prefix = tasks::channel_prefix(url);
  }
  if (options.broker_url && engine) outbox_broker = tasks::make_database_broker(*engine, {});
  auto& living = alive();
  const std::lock_guard lock(living.mutex);
  living.all.push_back(this);
}

Celery::Impl::~Impl() {
  auto& living = alive();
  const std::lock_guard lock(living.mutex);
  std::erase(living.all, this);
}

const detail::TaskRow* Celery::Impl::find(std::string_view task) const {
  const auto found = registered.find(task);
  return found == registered.end() ? nullptr : &found->second;
}

Celery::Celery(std::string main, CeleryOptions options)
    : impl_(std::make_unique<Impl>(std::move(main), nullptr, std::move(options))) {
  impl_->face = this;
}
Celery::Celery(std::string main, Engine& engine, CeleryOptions options)
    : impl_(std::make_unique<Impl>(std::move(main), &engine, std::move(options))) {
  impl_->face = this;
}
Celery::Celery(Celery&& other) noexcept : impl_(std::move(other.impl_)) {
  if (impl_) impl_->face = this;
}
Celery& Celery::operator=(Celery&& other) noexcept {
  impl_ = std::move(other.impl_);
  if (impl_) impl_->face = this;
  return *this;
}
Celery::~Celery() = default;

Celery& Celery::add_task(detail::TaskRow row) {
  if (row.options->idempotent && !impl_->engine) {
    throw std::invalid_argument(
        "task \"" + std::string(row.options->name) +
        "\" is idempotent, which needs a database: Celery(\"app\", engine)");
  }
  if (!impl_->registered.emplace(std::string(row.options->name), row).second) {
    throw std::invalid_argument("task \"" + std::string(row.options->name) +
                                "\" is registered twice; each needs a name of its own");
  }
  return *this;
}

Celery& Celery::add_periodic_task(std::string name, Schedule schedule, Signature task) {
  const auto same = [&](const Impl::PeriodicTask& entry) { return entry.name == name; };
  if (std::ranges::any_of(impl_->periodic, same)) {
    throw std::invalid_argument("periodic task \"" + name + "\" is there twice");
  }
  impl_->periodic.push_back({std::move(name), std::move(schedule), std::move(task)});
  return *this;
}

const std::string& Celery::main() const { return impl_->main; }
const CeleryOptions& Celery::conf() const { return impl_->options; }
bool Celery::is_embedded() const { return !impl_->options.broker_url; }
Celery& Celery::current() { return *tasks::current_celery().face; }

namespace tasks {

Celery::Impl& current_celery() {
  const auto* context = base::current_context;
  if (context && context->celery) {
    return *static_cast<Celery::Impl*>(const_cast<void*>(context->celery));
  }
  auto& living = alive();
  const std::lock_guard lock(living.mutex);
  if (living.all.empty()) {
    throw std::logic_error(
        "there is no Celery to send this task; make one first: "
        "Celery(\"app\", engine)");
  }
  return *living.all.back();
}

std::string host_name() {
  char name[256] = "localhost";
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace tasks
}  // namespace plinth

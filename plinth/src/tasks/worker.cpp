#include "tasks/worker.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "tasks/settle.hpp"
#include "tasks/worker_state.hpp"

namespace plinth::tasks {

namespace {

constexpr std::size_t revoked_max = 50'000;
constexpr std::int64_t revoked_us = 10'800'000'000;

// A thread that was given up may still use them.
void keep_for_ever(std::unique_ptr<PlannedTasks> tasks) {
  static std::mutex mutex;
  static auto* kept = new std::vector<std::unique_ptr<PlannedTasks>>;
  const std::lock_guard lock(mutex);
  kept->push_back(std::move(tasks));
}

}  // namespace

double parse_rate_limit(std::string_view text) {
  const auto slash = text.find('/');
  const auto unit = slash == std::string_view::npos ? "s" : text.substr(slash + 1);
  const std::string number(text.substr(0, slash));
  if (number.empty() && slash == std::string_view::npos) return 0;
  char* end = nullptr;
  const double rate = std::strtod(number.c_str(), &end);
  const bool good = !number.empty() && *end == '\0' && rate >= 0;
  if (good && unit == "s") return rate;
  if (good && unit == "m") return rate / 60;
  if (good && unit == "h") return rate / 3600;
  throw std::invalid_argument("rate limit \"" + std::string(text) +
                              "\": write it as \"10/s\", \"100/m\" or \"1000/h\"");
}

Worker::State::State(Celery::Impl& of, WorkerOptions given)
    : celery(of), options(std::move(given)), observers(of.observers) {
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  if (options.queues.empty() && celery.options.broker_url) {
    options.queues = {celery.options.task_default_queue};
  }
  if (options.concurrency <= 0) options.concurrency = celery.options.worker_concurrency;
  if (options.concurrency <= 0) options.concurrency = static_cast<int>(8 * cores);
  if (options.prefetch_multiplier <= 0) {
    options.prefetch_multiplier = std::max(1, celery.options.worker_prefetch_multiplier);
  }
  hostname = options.hostname.empty() ? "celery@" + host_name() : options.hostname;
  for (const auto& [name, row] : celery.registered) {
    if (row.options->rate_limit.empty()) continue;
    rates[name] = {.text = std::string(row.options->rate_limit),
                   .rate = parse_rate_limit(row.options->rate_limit),
                   .at_ms = base::monotonic_ms()};
  }
}

Worker::State::~State() { end(); }

// What waits on the loop must go before the loop does.
void Worker::State::end() {
  waiting = {};
  napping = {};
  children.clear();
  executors.clear();
  if (celery.leaked && tasks) keep_for_ever(std::move(tasks));
}

void Worker::State::spawn(Task<void> task) {
  auto guarded = [](Task<void> inner) -> Task<void> {
    try {
      co_await std::move(inner);
    } catch (const std::exception& error) {
      base::log(base::Level::error, "a worker's errand failed", {{"error", error.what()}});
    }
  }(std::move(task));
  guarded.start();
  if (!guarded.done()) children.push_back(std::move(guarded));
  if (children.size() > 64) watcher->notify();
}

// Only from a coroutine that is none of them, or is not done.
void Worker::State::sweep_children() {
  std::erase_if(children, [](const Task<void>& child) { return child.done(); });
}

void Worker::State::say(RequestEvent event, const WorkerRequest& request) {
  for (auto* observer : observers) observer->on(event, request);
}

namespace {

// Among the workers of this process, while it works. What is posted to it ends with its loop.
class Enrolled {
 public:
  Enrolled(Celery::Impl& celery, Worker& worker) : celery_(celery), worker_(worker) {
    const std::lock_guard lock(celery_.workers_mutex);
    celery_.workers.push_back(&worker_);
  }
  Enrolled(const Enrolled&) = delete;
  Enrolled& operator=(const Enrolled&) = delete;
  ~Enrolled() {
    const std::lock_guard lock(celery_.workers_mutex);
    std::erase(celery_.workers, &worker_);
  }

 private:
  Celery::Impl& celery_;
  Worker& worker_;
};

}  // namespace

Worker::Worker(Celery::Impl& celery, WorkerOptions options)
    : state_(std::make_unique<State>(celery, std::move(options))) {}
Worker::~Worker() = default;

Task<void> Worker::run(std::function<void()> ready) {
  auto& state = *state_;
  struct End {
    explicit End(State& worker) : of(worker) {}
    End(const End&) = delete;
    End& operator=(const End&) = delete;
    ~End() { of.end(); }
    State& of;
  };
  const End end(state);
  state.loop = &base::Loop::current();
  state.address = state.loop->address();
  state.consumer = std::make_unique<Wake>(*state.loop);
  state.keeper = std::make_unique<Wake>(*state.loop);
  state.flusher = std::make_unique<Wake>(*state.loop);
  state.watcher = std::make_unique<Wake>(*state.loop);
  state.drained = std::make_unique<Wake>(*state.loop);
  state.tasks = std::make_unique<PlannedTasks>(state.celery);
  state.started_us = base::clock_microseconds();
  state.make_executors();
  state.spawn(state.maintain());
  state.spawn(state.flush());
  state.spawn(state.watch());
  ready();
  const Enrolled listed(state.celery, *this);
  co_await state.consume();
  state.stopping = true;
  co_await state.drain();
}

void Worker::stop() {
  state_->address.post([this] { state_->stop(); });
}
base::LoopAddress Worker::address() const { return state_->address; }
bool Worker::is_stopping() const { return state_->stopping; }

void Worker::observe(WorkerObserver& observer) { state_->observers.push_back(&observer); }

Celery::Impl& Worker::celery() const { return state_->celery; }
const WorkerOptions& Worker::options() const { return state_->options; }
const std::string& Worker::hostname() const { return state_->hostname; }

std::vector<RequestPointer> Worker::active() const {
  std::vector<RequestPointer> found;
  for (const auto& [tag, request] : state_->held) {
    if (request->state == WorkerRequest::State::active) found.push_back(request);
  }
  return found;
}

std::vector<RequestPointer> Worker::reserved() const {
  std::vector<RequestPointer> found;
  for (const auto& [tag, request] : state_->held) {
    if (request->state == WorkerRequest::State::reserved) found.push_back(request);
  }
  return found;
}

std::vector<ScheduledRequest> Worker::scheduled() const {
  std::vector<ScheduledRequest> found;
  const auto now = base::clock_microseconds();
  for (auto entry = state_->scheduled.upper_bound(now); entry != state_->scheduled.end(); ++entry) {
    found.push_back({entry->first, entry->second});
  }
  return found;
}

RequestPointer Worker::find(const std::string& id) const {
  for (const auto& [tag, request] : state_->held) {
    if (request->message.id == id) return request;
  }
  return nullptr;
}

std::vector<std::string> Worker::task_names() const { return state_->tasks->names(); }
const TaskOptions* Worker::task_options(const std::string& task) const {
  const auto* planned = state_->tasks->find(task);
  return planned ? planned->row.options : nullptr;
}
const std::map<std::string, std::uint64_t>& Worker::totals() const { return state_->totals; }
std::uint64_t Worker::processed() const { return state_->processed; }
std::int64_t Worker::started_us() const { return state_->started_us; }
std::size_t Worker::prefetch_count() const { return state_->prefetch_limit(); }

void Worker::revoke(const std::vector<std::string>& ids, bool terminate) {
  auto& state = *state_;
  const auto now = base::clock_microseconds();
  for (const auto& id : ids) {
    state.revoked[id] = {now};
    const auto request = find(id);
    if (!request) continue;
    if (request->state == WorkerRequest::State::active && terminate) {
      state.cancel(request, tasks::revoked("terminated"));
    } else if (request->state == WorkerRequest::State::reserved) {
      std::erase(state.ready, request);
      for (auto& [name, limit] : state.rates) std::erase(limit.waiting, request);
      state.drop(request, tasks::revoked("revoked"));
    }
  }
  std::erase_if(state.revoked,
                [&](const auto& entry) { return entry.second.at_us < now - revoked_us; });
  while (state.revoked.size() > revoked_max) {
    state.revoked.erase(std::ranges::min_element(
        state.revoked, {}, [](const auto& entry) { return entry.second.at_us; }));
  }
}

const std::map<std::string, RevokedTask>& Worker::revoked() const { return state_->revoked; }

bool Worker::set_rate_limit(const std::string& task, const std::string& limit) {
  if (!state_->tasks->find(task)) return false;
  const double rate = parse_rate_limit(limit);
  auto& entry = state_->rates[task];
  entry.text = rate > 0 ? limit : std::string();
  entry.rate = rate;
  entry.at_ms = base::monotonic_ms();
  state_->watcher->notify();
  return true;
}

std::string Worker::rate_limit(const std::string& task) const {
  const auto found = state_->rates.find(task);
  return found == state_->rates.end() ? std::string() : found->second.text;
}

bool Worker::set_time_limit(const std::string& task, double soft, double hard) {
  if (!state_->tasks->find(task)) return false;
  state_->limits[task] = {soft, hard};
  return true;
}

void Worker::add_consumer(const std::string& queue) {
  auto& queues = state_->options.queues;
  if (std::ranges::find(queues, queue) == queues.end()) queues.push_back(queue);
  state_->consumer->notify();
}

bool Worker::cancel_consumer(const std::string& queue) {
  return std::erase(state_->options.queues, queue) > 0;
}

void Worker::set_concurrency(int concurrency) {
  state_->options.concurrency = std::max(1, concurrency);
  state_->dispatch();
  state_->consumer->notify();
}

}  // namespace plinth::tasks

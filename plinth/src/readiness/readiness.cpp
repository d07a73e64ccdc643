#include "plinth/readiness.hpp"

#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/leaving.hpp"
#include "base/log.hpp"
#include "base/loop.hpp"
#include "redis/client.hpp"

namespace plinth {

namespace {

constexpr int wait_ms = 5;  // between two looks at what another thread has found out

Response response_of(int status, const Json& body) {
  Response response;
  response.status = status;
  response.body = body.dump();
  response.headers.append("cache-control", "no-store");
  if (status != 200) response.headers.append("retry-after", "1");
  return response;
}

}  // namespace

// Invariants
// - Of a part at most one probe runs at a time, also when it runs longer than its limit: what does
//   not answer is not asked again and again.
// - At most one caller begins a round; others get the last answer meanwhile, or wait for the first.
struct Readiness::State {
  enum class Found : std::uint8_t { unknown, ok, failed, timeout };
  struct Part {
    std::string name;
    std::shared_ptr<Probe> probe;
    Found found = Found::unknown;
    bool running = false;
  };
  class Checking;

  explicit State(ReadinessOptions given) : options(given) {}

  bool is_fresh() const {
    return answered_ms && base::monotonic_ms() - *answered_ms < options.keep_ms;
  }
  bool all_ok() const {
    for (const auto& part : parts) {
      if (part.found != Found::ok) return false;
    }
    return true;
  }
  Response response() const;
  void note(std::size_t number, Found found, const std::string& why);

  static Task<void> run(std::shared_ptr<State> state, std::size_t number,
                        std::shared_ptr<base::Arrival::Slot> done,
                        std::shared_ptr<std::size_t> left);
  static Task<void> limit(int milliseconds, std::shared_ptr<base::Arrival::Slot> done);
  static Task<void> look(std::shared_ptr<State> state);

  const ReadinessOptions options;
  mutable std::mutex mutex;  // of what follows; probes do not change after the start
  std::vector<Part> parts;
  bool checking = false;
  std::optional<std::int64_t> answered_ms;
};

// Whoever began a round and then left has not answered for the others.
class Readiness::State::Checking {
 public:
  explicit Checking(State& state) : state_(state) {}
  Checking(const Checking&) = delete;
  Checking& operator=(const Checking&) = delete;
  ~Checking() {
    const std::lock_guard lock(state_.mutex);
    state_.checking = false;
  }

 private:
  State& state_;
};

Response Readiness::State::response() const {
  constexpr const char* words[] = {"unknown", "ok", "failed", "timeout"};
  Json checks = Json::object({});
  for (const auto& part : parts) checks[part.name] = words[static_cast<std::size_t>(part.found)];
  const bool ready = all_ok();
  return response_of(ready ? 200 : 503, Json::object({{"status", ready ? "ready" : "not ready"},
                                                      {"checks", std::move(checks)}}));
}

void Readiness::State::note(std::size_t number, Found found, const std::string& why) {
  const std::lock_guard lock(mutex);
  auto& part = parts[number];
  const auto before = std::exchange(part.found, found);
  if (before == found || (before == Found::unknown && found == Found::ok)) return;
  if (found == Found::ok) {
    base::log(base::Level::info, "ready again", {{"part", part.name}});
  } else {
    base::log(base::Level::warning, "not ready", {{"part", part.name}, {"error", why}});
  }
}

Task<void> Readiness::State::run(std::shared_ptr<State> state, std::size_t number,
                                 std::shared_ptr<base::Arrival::Slot> done,
                                 std::shared_ptr<std::size_t> left) {
  auto found = Found::ok;
  std::string why;
  try {
    co_await state->parts[number].probe->run();
  } catch (const std::exception& error) {
    found = Found::failed;
    why = error.what();
  }
  {
    const std::lock_guard lock(state->mutex);
    state->parts[number].running = false;
  }
  state->note(number, found, why);
  if (--*left == 0) done->arrive();
}

Task<void> Readiness::State::limit(int milliseconds, std::shared_ptr<base::Arrival::Slot> done) {
  co_await sleep_for(milliseconds);
  done->arrive();
}

Task<void> Readiness::State::look(std::shared_ptr<State> state) {
  const Checking checking(*state);
  base::Arrival done;
  const auto left = std::make_shared<std::size_t>(0);
  std::vector<std::size_t> asked;
  {
    const std::lock_guard lock(state->mutex);
    for (std::size_t i = 0; i < state->parts.size(); ++i) {
      if (!std::exchange(state->parts[i].running, true)) asked.push_back(i);
    }
    *left = state->parts.size();
  }
  auto& loop = base::Loop::current();
  loop.spawn(limit(state->options.timeout_ms, done.slot()));
  for (const auto number : asked) loop.spawn(run(state, number, done.slot(), left));
  if (*left > 0) co_await done;
  std::vector<std::size_t> silent;
  {
    const std::lock_guard lock(state->mutex);
    for (std::size_t i = 0; i < state->parts.size(); ++i) {
      if (state->parts[i].running) silent.push_back(i);
    }
    state->answered_ms = base::monotonic_ms();
  }
  for (const auto number : silent) state->note(number, Found::timeout, "no answer in time");
}

Readiness::Readiness(ReadinessOptions options) : state_(std::make_shared<State>(options)) {}

Readiness& Readiness::add_probe(std::string name, std::unique_ptr<Probe> probe) {
  state_->parts.push_back({.name = std::move(name), .probe = std::move(probe)});
  return *this;
}

Readiness& Readiness::add_redis(std::string name, std::string_view url) {
  auto clients = std::make_shared<redis::Clients>(
      redis::parse_url(url),
      redis::ClientOptions{.connect_limit_ms = state_->options.timeout_ms / 2,
                           .command_limit_ms = state_->options.timeout_ms,
                           .name = "readiness"});
  return add(std::move(name), [clients]() -> Task<void> {
    return [](std::shared_ptr<redis::Clients> redis) -> Task<void> {
      co_await redis->local().command({"PING"});
    }(clients);
  });
}

Task<Response> Readiness::answer() const {
  const auto state = state_;
  if (base::is_leaving()) co_return response_of(503, Json::object({{"status", "stopping"}}));
  for (;;) {
    {
      const std::lock_guard lock(state->mutex);
      if (state->is_fresh() || (state->checking && state->answered_ms)) {
        co_return state->response();
      }
      if (!std::exchange(state->checking, true)) break;
    }
    co_await sleep_for(wait_ms);
  }
  co_await State::look(state);
  const std::lock_guard lock(state->mutex);
  co_return state->response();
}

}  // namespace plinth

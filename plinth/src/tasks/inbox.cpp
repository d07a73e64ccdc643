#include "tasks/inbox.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "db/gate.hpp"
#include "db/session_state.hpp"
#include "plinth/task_tables.hpp"

namespace plinth::tasks {

namespace {

constexpr long long patience_ms = 86'400'000;
constexpr std::size_t waiters_max = 1000;

using Place = std::pair<const db::Driver*, std::string>;

// The keys that Tasks of this process are at.
struct Keys {
  std::mutex mutex;
  std::map<Place, std::weak_ptr<db::Gate>> gates;

  static Keys& all() {
    static Keys keys;
    return keys;
  }
  std::shared_ptr<db::Gate> gate(const Place& place) {
    const std::lock_guard lock(mutex);
    auto& known = gates[place];
    auto gate = known.lock();
    if (!gate) known = gate = std::make_shared<db::Gate>(patience_ms, waiters_max);
    return gate;
  }
  void forget(const Place& place) {
    const std::lock_guard lock(mutex);
    const auto found = gates.find(place);
    if (found != gates.end() && found->second.expired()) gates.erase(found);
  }
};

class Hold {
 public:
  Hold(Place place, std::shared_ptr<db::Gate> gate)
      : place_(std::move(place)), gate_(std::move(gate)) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() {
    gate_->leave();
    gate_.reset();
    Keys::all().forget(place_);
  }

 private:
  Place place_;
  std::shared_ptr<db::Gate> gate_;
};

Task<std::optional<std::string>> result_of(Session& session, std::string key) {
  co_return co_await session.one_or_none(
      select<TaskInbox>(col<&TaskInbox::result>).where(col<&TaskInbox::id> == key));
}

}  // namespace

Task<InboxEntry> begin_once(Session& session, std::string key) {
  const Place place{&db::state_of(session).driver, key};
  auto gate = Keys::all().gate(place);
  co_await gate->enter();
  InboxEntry entry{.hold = std::make_shared<Hold>(place, std::move(gate))};
  if (auto result = co_await result_of(session, std::move(key))) {
    entry.done = true;
    entry.result = std::move(*result);
  }
  co_return entry;
}

Task<std::string> finish_once(Session& session, std::string key, std::string result) {
  const auto written = co_await session.all(
      insert(
          TaskInbox{.id = key, .result = std::move(result), .done_us = base::clock_microseconds()})
          .on_conflict_do_nothing(col<&TaskInbox::id>)
          .returning(col<&TaskInbox::id>));
  if (!written.empty()) co_return std::string();
  co_await session.rollback();
  co_return (co_await result_of(session, std::move(key))).value_or("null");
}

}  // namespace plinth::tasks

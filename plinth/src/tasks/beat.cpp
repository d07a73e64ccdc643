#include "tasks/beat.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <set>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "tasks/compose.hpp"

namespace plinth::tasks {

namespace {

constexpr std::int64_t tick_ms_max = 500;

// A signature that cannot be made into messages never will.
bool can_be_sent(const Celery::Impl& celery, const Celery::Impl::PeriodicTask& entry) {
  try {
    compose(celery, entry.task, Parent{});
    return true;
  } catch (const std::exception& error) {
    base::log(base::Level::error, "beat: an entry cannot be sent and is left out",
              {{"entry", entry.name}, {"error", error.what()}});
    return false;
  }
}

}  // namespace

Beat::Beat(Celery::Impl& celery, std::unique_ptr<BeatStore> store)
    : celery_(celery), store_(std::move(store)) {
  for (const auto& entry : celery_.periodic) {
    if (can_be_sent(celery_, entry)) entries_.push_back(&entry);
  }
}

Task<std::int64_t> Beat::tick() {
  // Whatever goes wrong on the way: what is known then is not to be trusted.
  const bool looked = std::exchange(looked_, false);
  if (!co_await store_->lead()) co_return tick_ms_max;
  if (!looked) co_await look();
  auto next_ms = static_cast<double>(tick_ms_max);
  for (const auto* entry : entries_) {
    const auto now_us = base::clock_microseconds();
    const auto last_us = last_runs_.at(entry->name);
    const auto due = entry->schedule.is_due({last_us}, {now_us}, celery_.options.timezone);
    if (due.due) co_await send(*entry, last_us, now_us);
    next_ms = std::min(next_ms, std::ceil(due.seconds * 1000));
  }
  looked_ = true;
  co_return std::max<std::int64_t>(1, static_cast<std::int64_t>(next_ms));
}

// A new entry has its first run one interval from now; one that is gone from the code is forgotten.
Task<void> Beat::look() {
  last_runs_ = co_await store_->last_runs();
  std::vector<std::string> fresh;
  std::set<std::string> gone;
  for (const auto& [name, at_us] : last_runs_) gone.insert(name);
  for (const auto& entry : celery_.periodic) {
    if (gone.erase(entry.name) == 0 && !last_runs_.contains(entry.name)) {
      fresh.push_back(entry.name);
    }
  }
  if (!gone.empty()) {
    co_await store_->forget(std::vector<std::string>(gone.begin(), gone.end()));
  }
  if (fresh.empty()) co_return;
  co_await store_->begin(fresh, base::clock_microseconds());
  last_runs_ = co_await store_->last_runs();
  for (const auto& name : fresh) {
    // Forgotten at once by a beat of other code: tried again at the next look.
    last_runs_.emplace(name, base::clock_microseconds());
  }
}

Task<void> Beat::send(const Celery::Impl::PeriodicTask& entry, std::int64_t before_us,
                      std::int64_t now_us) {
  auto composed = compose(celery_, entry.task, Parent{});
  for (const auto& [group, size] : composed.chords) {
    co_await celery_.broker->results().set_chord_size(group, size);
  }
  const bool sent =
      co_await store_->advance(entry.name, before_us, now_us, std::move(composed.messages));
  if (sent) {
    last_runs_[entry.name] = now_us;
    base::log(base::Level::info, "beat: sent",
              {{"entry", entry.name}, {"task", entry.task.task}, {"id", composed.id}});
    co_return;
  }
  // Another beat was first, or forgot it.
  co_await look();
}

Task<void> run_beat(Celery::Impl& celery) {
  auto store = celery.options.broker_url ? make_redis_beat_store(celery)
                                         : make_database_beat_store(*celery.engine);
  Beat beat(celery, std::move(store));
  bool lost = false;
  while (true) {
    std::int64_t wait_ms = tick_ms_max;
    try {
      wait_ms = co_await beat.tick();
      if (std::exchange(lost, false)) base::log(base::Level::info, "beat: its store is back");
    } catch (const std::exception& error) {
      if (!std::exchange(lost, true)) {
        base::log(base::Level::error, "beat: its store is out of reach; trying on",
                  {{"error", error.what()}});
      }
    }
    co_await sleep_for(wait_ms);
  }
}

}  // namespace plinth::tasks

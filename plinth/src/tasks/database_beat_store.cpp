#include <string>
#include <utility>

#include "plinth/session.hpp"
#include "plinth/task_tables.hpp"
#include "tasks/beat_store.hpp"
#include "tasks/outbox.hpp"

namespace plinth::tasks {

namespace {

class DatabaseBeatStore final : public BeatStore {
 public:
  explicit DatabaseBeatStore(Engine& engine) : engine_(engine) {}

  // Who is late finds the last run moved on; that costs less than to note every second who leads.
  Task<bool> lead() override { co_return true; }

  Task<std::map<std::string, std::int64_t>> last_runs() override {
    auto session = engine_.session();
    std::map<std::string, std::int64_t> runs;
    for (const auto& [name, at_us] : co_await session.all(
             select<TaskBeat>(col<&TaskBeat::name>, col<&TaskBeat::last_run_us>))) {
      runs.emplace(name, at_us);
    }
    co_return runs;
  }

  Task<void> begin(std::vector<std::string> names, std::int64_t at_us) override {
    auto session = engine_.session();
    for (const auto& name : names) {
      co_await session.execute(
          text("INSERT INTO plinth_beat (name, last_run_us, total_run_count) VALUES (?, ?, 0) "
               "ON CONFLICT (name) DO NOTHING",
               name, at_us));
    }
    co_await session.commit();
  }

  Task<void> forget(std::vector<std::string> names) override {
    auto session = engine_.session();
    for (const auto& name : names) {
      co_await session.execute(delete_from<TaskBeat>().where(col<&TaskBeat::name> == name));
    }
    co_await session.commit();
  }

  Task<bool> advance(std::string name, std::int64_t before_us, std::int64_t at_us,
                     std::vector<Outgoing> messages) override {
    auto session = engine_.session();
    const auto moved = co_await session.execute(
        text("UPDATE plinth_beat SET last_run_us = ?, total_run_count = total_run_count + 1 "
             "WHERE name = ? AND last_run_us = ?",
             at_us, name, before_us));
    if (moved.rowcount == 0) co_return false;
    for (auto& message : messages) enlist(session, std::move(message));
    co_await session.commit();
    co_return true;
  }

 private:
  Engine& engine_;
};

}  // namespace

std::unique_ptr<BeatStore> make_database_beat_store(Engine& engine) {
  return std::make_unique<DatabaseBeatStore>(engine);
}

}  // namespace plinth::tasks

#include "tasks/database_backend.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "db/session_state.hpp"
#include "plinth/json.hpp"
#include "plinth/task_tables.hpp"
#include "tasks/database_batch.hpp"
#include "tasks/outbox.hpp"

namespace plinth::tasks {

namespace {

// Of what says nothing of its own; Celery's result_expires.
constexpr std::int64_t parts_expire_seconds = 86'400;
constexpr std::int64_t first_poll_ms = 20;

std::int64_t expiry(std::int64_t seconds) {
  return base::clock_microseconds() + seconds * 1'000'000;
}

bool is_success(const std::string& meta) {
  if (meta.starts_with(R"({"status": "SUCCESS")")) return true;  // as Celery writes it
  const auto json = Json::parse(meta);
  const auto* status = json.find("status");
  return status && status->is_string() && status->str() == "SUCCESS";
}

db::Query upsert_result(const StoredResult& result) {
  const auto now = base::clock_microseconds();
  return insert(TaskResult{.id = result.id,
                           .meta = result.meta,
                           .ready = result.ready,
                           .succeeded = is_success(result.meta),
                           .expires_us = now + result.expires_seconds * 1'000'000})
      .on_conflict_do_update(col<&TaskResult::id>)
      .set(col<&TaskResult::meta> = excluded<&TaskResult::meta>,
           col<&TaskResult::ready> = excluded<&TaskResult::ready>,
           col<&TaskResult::succeeded> = excluded<&TaskResult::succeeded>,
           col<&TaskResult::expires_us> = excluded<&TaskResult::expires_us>)
      .where(!col<&TaskResult::succeeded> || col<&TaskResult::expires_us> <= now)
      .query();
}

class DatabaseBackend final : public ResultBackend {
 public:
  DatabaseBackend(Engine& engine, std::int64_t poll_ms) : engine_(engine), poll_ms_(poll_ms) {}

  Task<void> store(StoredResult result) override;
  Task<std::optional<std::string>> meta(std::string id) override;
  Task<std::optional<std::string>> wait(std::string id, std::int64_t timeout_ms) override;
  Task<void> forget(std::vector<std::string> ids) override;
  Task<void> save_group(std::string group, std::string meta, std::int64_t expires_seconds) override;
  Task<std::optional<std::string>> group_meta(std::string group) override;
  Task<void> set_chord_size(std::string group, std::int64_t size) override;
  Task<std::optional<std::vector<std::string>>> add_chord_part(std::string group,
                                                               std::int64_t index,
                                                               std::string part) override;

 private:
  Task<std::optional<TaskResult>> find(std::string id);

  Engine& engine_;
  const std::int64_t poll_ms_;
};

Task<std::optional<TaskResult>> DatabaseBackend::find(std::string id) {
  auto session = engine_.session();
  co_return co_await session.one_or_none(select<TaskResult>().where(
      col<&TaskResult::id> == id && col<&TaskResult::expires_us> > base::clock_microseconds()));
}

Task<void> DatabaseBackend::store(StoredResult result) {
  auto session = engine_.session();
  enlist_result(session, std::move(result));
  co_await session.commit();
}

Task<std::optional<std::string>> DatabaseBackend::meta(std::string id) {
  auto found = co_await find(std::move(id));
  if (!found) co_return std::nullopt;
  co_return *found->meta;
}

// The listener comes before the first look, so that nothing is missed between them. What other
// processes store is looked for more and more seldom.
Task<std::optional<std::string>> DatabaseBackend::wait(std::string id, std::int64_t timeout_ms) {
  db::Listener listener(engine_.driver().notifier(), {result_topic(id)});
  const auto end = base::monotonic_ms() + timeout_ms;
  for (auto poll_ms = std::min(first_poll_ms, poll_ms_);;
       poll_ms = std::min(2 * poll_ms, poll_ms_)) {
    auto found = co_await find(id);
    if (found && *found->ready) co_return *found->meta;
    auto wait_ms = poll_ms;
    if (timeout_ms >= 0) {
      wait_ms = std::min(poll_ms, end - base::monotonic_ms());
      if (wait_ms <= 0) co_return std::nullopt;
    }
    co_await listener.wait(wait_ms);
  }
}

Task<void> DatabaseBackend::forget(std::vector<std::string> ids) {
  Batch batch(engine_);
  batch.add(
      text("DELETE FROM plinth_task_results WHERE " + is_one_of(engine_.dialect(), "id"), ids));
  co_await batch.run();
}

Task<void> DatabaseBackend::save_group(std::string group, std::string meta,
                                       std::int64_t expires_seconds) {
  Batch batch(engine_);
  batch.add(insert(TaskGroup{.id = std::move(group),
                             .meta = std::move(meta),
                             .expires_us = expiry(expires_seconds)})
                .on_conflict_do_update(col<&TaskGroup::id>)
                .set(col<&TaskGroup::meta> = excluded<&TaskGroup::meta>,
                     col<&TaskGroup::expires_us> = excluded<&TaskGroup::expires_us>));
  co_await batch.run();
}

Task<std::optional<std::string>> DatabaseBackend::group_meta(std::string group) {
  auto session = engine_.session();
  auto found = co_await session.one_or_none(select<TaskGroup>().where(
      col<&TaskGroup::id> == group && col<&TaskGroup::expires_us> > base::clock_microseconds()));
  if (!found) co_return std::nullopt;
  co_return *found->meta;
}

Task<void> DatabaseBackend::set_chord_size(std::string group, std::int64_t size) {
  Batch batch(engine_);
  batch.add(
      insert(TaskGroup{
                 .id = std::move(group), .size = size, .expires_us = expiry(parts_expire_seconds)})
          .on_conflict_do_update(col<&TaskGroup::id>)
          .set(col<&TaskGroup::size> = excluded<&TaskGroup::size>));
  co_await batch.run();
}

// The group's row comes first and is locked by it: of the last two parts at once, the second sees
// the first.
Task<std::optional<std::vector<std::string>>> DatabaseBackend::add_chord_part(std::string group,
                                                                              std::int64_t index,
                                                                              std::string part) {
  const auto expires_us = expiry(parts_expire_seconds);
  Batch batch(engine_);
  batch.add(insert(TaskGroup{.id = group, .expires_us = expires_us})
                .on_conflict_do_update(col<&TaskGroup::id>)
                .set(col<&TaskGroup::id> = excluded<&TaskGroup::id>));
  batch.add(
      insert(TaskGroupPart{.group_id = group,
                           .position = index,
                           .part = std::move(part),
                           .expires_us = expires_us})
          .on_conflict_do_nothing(col<&TaskGroupPart::group_id>, col<&TaskGroupPart::position>));
  const auto all = batch.add(text<std::string>(
      "SELECT part FROM plinth_task_group_parts WHERE group_id = ? AND "
      "(SELECT size FROM plinth_task_groups WHERE id = ?) <= "
      "(SELECT count(*) FROM plinth_task_group_parts WHERE group_id = ?) ORDER BY position",
      group, group, group));
  co_await batch.run();
  auto parts = batch.rows<std::string>(all);
  if (parts.empty()) co_return std::nullopt;
  co_return parts;
}

}  // namespace

std::unique_ptr<ResultBackend> make_database_backend(Engine& engine, std::int64_t poll_ms) {
  return std::make_unique<DatabaseBackend>(engine, poll_ms);
}

void enlist_result(Session& session, StoredResult result) {
  auto& state = db::state_of(session);
  state.add_query(upsert_result(result));
  state.news.push_back(result_topic(result.id));
}

}  // namespace plinth::tasks

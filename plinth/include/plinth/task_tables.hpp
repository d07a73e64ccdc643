// The tables in which an application keeps its tasks: messages, results, keys. Stands for the ones
// that Celery's database backend makes.
//
//   plinth::MetaData target_metadata() { return plinth::metadata_with_tasks<User>(); }
//
// Times are microseconds since 1970-01-01 UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "plinth/model.hpp"

namespace plinth {

/// A message that waits, is held by a worker, or is a dead letter; what is done is deleted.
struct TaskMessage {
  static constexpr auto table = "plinth_tasks";
  static constexpr Index indexes[] = {
      {.name = "ix_plinth_tasks_ready", .on = "queue, priority, number", .where = "due_us = 0"},
      {.name = "ix_plinth_tasks_due_us", .on = "due_us", .where = "due_us <> 0"}};

  Column<std::int64_t, primary_key> number;  // in the order of arrival
  Column<std::string, max_length(255), indexed> id;
  Column<std::string, max_length(255)> queue;
  Column<std::int32_t> priority;
  Column<std::string> message;
  // 0: it may be taken. Above: not before then, its eta or the end of its lease. -1: a dead letter.
  Column<std::int64_t> due_us;
  Column<std::int32_t, defaults_to(0)> deliveries;
  Column<std::optional<std::string>, max_length(64)> tag;  // of the hold; null: nobody holds it
  Column<std::optional<std::string>, max_length(255)> idempotency_key;
  Column<std::int64_t> idempotency_seconds;
  Column<DateTime, server_default("now()")> created_at;
  Column<std::optional<std::string>> reason;  // of a dead letter
  Column<std::optional<std::int64_t>> died_us;
};

/// What became of a task; Celery's task meta, in JSON.
struct TaskResult {
  static constexpr auto table = "plinth_task_results";

  Column<std::string, max_length(255), primary_key> id;
  Column<std::string> meta;
  Column<bool> ready;      // it will not change
  Column<bool> succeeded;  // it must not be replaced
  Column<std::int64_t, indexed> expires_us;
};

/// A group that was saved, or the size of a chord whose parts are awaited.
struct TaskGroup {
  static constexpr auto table = "plinth_task_groups";

  Column<std::string, max_length(255), primary_key> id;
  Column<std::optional<std::string>> meta;
  Column<std::optional<std::int64_t>> size;
  Column<std::int64_t, indexed> expires_us;
};

/// A part of a chord that is done.
struct TaskGroupPart {
  static constexpr auto table = "plinth_task_group_parts";

  Column<std::string, max_length(255), primary_key> group_id;
  Column<std::int64_t, primary_key> position;
  Column<std::string> part;
  Column<std::int64_t, indexed> expires_us;
};

/// An idempotency key, and the task that was sent with it first.
struct TaskKey {
  static constexpr auto table = "plinth_task_keys";

  Column<std::string, max_length(255), primary_key> idempotency_key;
  Column<std::string, max_length(255)> task_id;
  Column<std::string, max_length(32)> claim;  // of the message that has it
  Column<std::int64_t, indexed> expires_us;
};

/// An idempotent task that is done, written in the transaction of what it did.
struct TaskInbox {
  static constexpr auto table = "plinth_inbox";

  Column<std::string, max_length(255), primary_key> id;
  Column<std::string> result;
  Column<std::int64_t, indexed> done_us;
};

/// When `app beat` last sent an entry of its schedule.
struct TaskBeat {
  static constexpr auto table = "plinth_beat";

  Column<std::string, max_length(255), primary_key> name;
  Column<std::int64_t> last_run_us;
  Column<std::int64_t, defaults_to(0)> total_run_count;
};

/// The tables of these models and of tasks: what an application's migrations aim at.
template <detail::Model... Models>
MetaData metadata_with_tasks(NamingConvention naming = {}) {
  return metadata<Models..., TaskMessage, TaskResult, TaskGroup, TaskGroupPart, TaskKey, TaskInbox,
                  TaskBeat>(naming);
}

}  // namespace plinth

// What became of tasks, for those who ask: Celery's result backend.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plinth/task.hpp"

namespace plinth::tasks {

struct StoredResult {
  std::string id;     // of the task
  std::string meta;   // JSON, as Celery's: {"status": "SUCCESS", "result": 3, …}
  bool ready = true;  // SUCCESS, FAILURE or REVOKED: will not change
  std::int64_t expires_seconds = 86'400;
};

/// Thread safety: from any thread that has a loop.
class ResultBackend {
 public:
  virtual ~ResultBackend() = default;

  /// Replaces what is there, but for a SUCCESS.
  virtual Task<void> store(StoredResult result) = 0;
  /// Empty: nothing is known of that task (PENDING).
  virtual Task<std::optional<std::string>> meta(std::string id) = 0;
  /// Resumes with the meta once the task is ready; empty after `timeout_ms` (negative: no limit).
  virtual Task<std::optional<std::string>> wait(std::string id, std::int64_t timeout_ms) = 0;
  virtual Task<void> forget(std::vector<std::string> ids) = 0;

  // Groups: GroupResult.save() and restore().

  virtual Task<void> save_group(std::string group, std::string meta,
                                std::int64_t expires_seconds) = 0;
  virtual Task<std::optional<std::string>> group_meta(std::string group) = 0;

  // Chords. The publisher says how many parts there are, each part is added once it is done.

  virtual Task<void> set_chord_size(std::string group, std::int64_t size) = 0;
  /// Adds a part, `[1, "<id>", "SUCCESS", 3]`; the same again changes nothing. Returns all parts in
  /// order of their index when this makes it complete, and when it was complete before.
  virtual Task<std::optional<std::vector<std::string>>> add_chord_part(std::string group,
                                                                       std::int64_t index,
                                                                       std::string part) = 0;
};

}  // namespace plinth::tasks

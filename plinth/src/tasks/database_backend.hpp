// Results in the application's own database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "plinth/session.hpp"
#include "tasks/result_backend.hpp"

namespace plinth::tasks {

std::unique_ptr<ResultBackend> make_database_backend(Engine& engine, std::int64_t poll_ms);

/// The result is written by the session's next flush, and who waits for it is told after the
/// commit.
void enlist_result(Session& session, StoredResult result);

}  // namespace plinth::tasks

// What runs by the clock.
#pragma once

#include "app/prelude.hpp"
#include "plinth/tasks.hpp"

namespace app::tasks {

/// Deletes tokens that have expired, and networks that nobody has logged in from for long; their
/// rows are of no use to anybody.
Task<void> purge_tokens(Session& session);

inline constexpr auto purge_expired_tokens =
    shared_task<purge_tokens>({.name = "purge_expired_tokens"});

}  // namespace app::tasks

// Background jobs.
#pragma once

#include <optional>
#include <string>

#include "app/prelude.hpp"
#include "plinth/tasks.hpp"

namespace app::tasks {

/// Greets a new user by e-mail; with a log line when there is no mail server.
Task<void> welcome(std::string email, const std::optional<Mailer>& mailer, TaskContext& self);

/// Tried again for about a day while the mail server cannot take it.
inline constexpr auto send_welcome_email =
    shared_task<welcome>({.name = "send_welcome_email",
                          .parameters = {"email"},
                          .max_retries = 30,
                          .autoretry_for = &MailError::is_temporary,
                          .retry_backoff = 2,
                          .retry_backoff_max = 3600});

}  // namespace app::tasks

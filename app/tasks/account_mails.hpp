// Mails about accounts. A task is given an address or a user, never a token: it makes the token
// itself, so that no queue, result or dead letter holds one, and so that a request does the same
// work whether the address has an account or not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/core/settings.hpp"
#include "plinth/tasks.hpp"

namespace app::tasks {

/// To whoever has this address and has not proven it, a link that proves it.
Task<void> mail_verification(std::string email, Session& session, const Settings& settings,
                             const std::optional<Mailer>& mailer);
/// To whoever has this address, a link that sets another password.
Task<void> mail_password_reset(std::string email, Session& session, const Settings& settings,
                               const std::optional<Mailer>& mailer);
/// To the address that a user wants to have, a link that proves it.
Task<void> mail_email_change(std::int32_t user_id, std::string new_email, Session& session,
                             const Settings& settings, const std::optional<Mailer>& mailer);
/// Tells the owner of an address what was done, in case it was not them.
Task<void> mail_password_changed(std::string email, const std::optional<Mailer>& mailer,
                                 TaskContext& self);
Task<void> mail_email_changed(std::string old_email, std::string new_email,
                              const std::optional<Mailer>& mailer, TaskContext& self);
Task<void> mail_already_registered(std::string email, const std::optional<Mailer>& mailer,
                                   TaskContext& self);

/// As the welcome: tried again for about a day while the mail server cannot take it.
constexpr TaskOptions patiently(TaskOptions options) {
  options.max_retries = 30;
  options.autoretry_for = &MailError::is_temporary;
  options.retry_backoff = 2;
  options.retry_backoff_max = 3600;
  return options;
}

inline constexpr auto send_verification_email = shared_task<mail_verification>(
    patiently({.name = "send_verification_email", .parameters = {"email"}}));
inline constexpr auto send_password_reset_email = shared_task<mail_password_reset>(
    patiently({.name = "send_password_reset_email", .parameters = {"email"}}));
inline constexpr auto send_email_change_email = shared_task<mail_email_change>(
    patiently({.name = "send_email_change_email", .parameters = {"user_id", "new_email"}}));
inline constexpr auto send_password_changed_email = shared_task<mail_password_changed>(
    patiently({.name = "send_password_changed_email", .parameters = {"email"}}));
inline constexpr auto send_email_changed_email = shared_task<mail_email_changed>(
    patiently({.name = "send_email_changed_email", .parameters = {"old_email", "new_email"}}));
inline constexpr auto send_already_registered_email = shared_task<mail_already_registered>(
    patiently({.name = "send_already_registered_email", .parameters = {"email"}}));

}  // namespace app::tasks

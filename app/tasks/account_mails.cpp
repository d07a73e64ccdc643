#include "app/tasks/account_mails.hpp"

#include <utility>

#include "app/services/accounts.hpp"

namespace app::tasks {

namespace {

Seconds reset_lifetime(const Settings& settings) {
  return {*settings.password_reset_expire_minutes * 60};
}
Seconds proof_lifetime(const Settings& settings) {
  return {*settings.email_token_expire_hours * 3600};
}

// "60 minutes", "48 hours"
std::string shown(Seconds lifetime) {
  const bool hours = lifetime.count % 3600 == 0 && lifetime.count > 3600;
  return hours ? std::to_string(lifetime.count / 3600) + " hours"
               : std::to_string(lifetime.count / 60) + " minutes";
}

struct Page {
  std::string_view path;    // of the frontend
  std::string_view action;  // of the API, for whoever has no frontend
};

// The line with the token: a link, or the token and where to post it.
std::string link_to(const Settings& settings, Page page, const std::string& token) {
  if (!settings.frontend_url) {
    return "Token: " + token + "\n(to be posted to " + std::string(page.action) + ")\n";
  }
  std::string url = settings.frontend_url->str();
  if (url.ends_with('/')) url.pop_back();
  return url.append(page.path).append("?token=").append(token) + "\n";
}

// Without a mail server a developer reads the mail in the log; elsewhere no token stands in one.
Task<void> deliver(const Settings& settings, const std::optional<Mailer>& mailer,
                   EmailMessage message) {
  if (mailer) {
    co_await mailer->send(std::move(message));
  } else if (*settings.env == "local") {
    logging::info("SMTP_URL is not set; a mail to " + message.to.front() + ": " + message.text);
  } else {
    logging::warning("SMTP_URL is not set: a mail was not sent", {{"subject", message.subject}});
  }
}

// One that carries no secret.
Task<void> notify(const std::optional<Mailer>& mailer, EmailMessage message) {
  if (mailer) {
    co_await mailer->send(std::move(message));
  } else {
    logging::info("SMTP_URL is not set; a mail to " + message.to.front() + ": " + message.subject);
  }
}

constexpr auto not_you =
    "\nIf it was not you who asked, ignore this mail: nothing changes without the link.\n";

}  // namespace

Task<void> mail_verification(std::string email, Session& session, const Settings& settings,
                             const std::optional<Mailer>& mailer) {
  const auto lifetime = proof_lifetime(settings);
  const auto token = co_await order_verification(session, email, lifetime);
  if (!token) co_return;
  co_await deliver(
      settings, mailer,
      {.to = {email},
       .subject = "Confirm your e-mail address",
       .text = "To confirm that this address is yours, within " + shown(lifetime) + ":\n\n" +
               link_to(settings,
                       {.path = "/verify-email", .action = "/api/v1/auth/verify-email/confirm"},
                       *token) +
               not_you});
}

Task<void> mail_password_reset(std::string email, Session& session, const Settings& settings,
                               const std::optional<Mailer>& mailer) {
  const auto lifetime = reset_lifetime(settings);
  const auto token = co_await order_password_reset(session, email, lifetime);
  if (!token) co_return;
  co_await deliver(
      settings, mailer,
      {.to = {email},
       .subject = "Reset your password",
       .text = "To choose another password, within " + shown(lifetime) + ":\n\n" +
               link_to(settings,
                       {.path = "/reset-password", .action = "/api/v1/auth/password-reset/confirm"},
                       *token) +
               not_you});
}

Task<void> mail_email_change(std::int32_t user_id, std::string new_email, Session& session,
                             const Settings& settings, const std::optional<Mailer>& mailer) {
  const auto lifetime = proof_lifetime(settings);
  const auto token = co_await order_email_change(session, user_id, new_email, lifetime);
  if (!token) co_return;
  co_await deliver(
      settings, mailer,
      {.to = {new_email},
       .subject = "Confirm your new e-mail address",
       .text = "To make this the address of your account, within " + shown(lifetime) + ":\n\n" +
               link_to(settings,
                       {.path = "/change-email", .action = "/api/v1/auth/change-email/confirm"},
                       *token) +
               not_you});
}

Task<void> mail_password_changed(std::string email, const std::optional<Mailer>& mailer,
                                 TaskContext& self) {
  return notify(mailer, {.to = {std::move(email)},
                         .subject = "Your password was changed",
                         .text = "The password of your account was changed, and everybody who was "
                                 "logged in by the old one is logged out.\n\nIf it was not you, "
                                 "reset it now, and look after your mailbox.\n",
                         .message_id = self.request().id});
}

Task<void> mail_email_changed(std::string old_email, std::string new_email,
                              const std::optional<Mailer>& mailer, TaskContext& self) {
  return notify(mailer, {.to = {std::move(old_email)},
                         .subject = "The e-mail address of your account was changed",
                         .text = "The address of your account is now " + new_email +
                                 ".\n\nIf it was not you, write to us.\n",
                         .message_id = self.request().id});
}

Task<void> mail_already_registered(std::string email, const std::optional<Mailer>& mailer,
                                   TaskContext& self) {
  return notify(mailer, {.to = {std::move(email)},
                         .subject = "You have an account already",
                         .text = "Somebody, perhaps you, wanted to register with this address. It "
                                 "has an account: log in, or reset your password.\n",
                         .message_id = self.request().id});
}

}  // namespace app::tasks

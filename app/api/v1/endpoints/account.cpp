// What people do with their own accounts. Who asks for a mail learns nothing about the address: the
// request only leaves a task, whoever it is for.
#include "app/schemas/account.hpp"
#include "app/api/v1/endpoints.hpp"
#include "app/core/deps.hpp"
#include "app/core/rate_limits.hpp"
#include "app/schemas/auth.hpp"
#include "app/services/accounts.hpp"
#include "app/services/tokens.hpp"
#include "app/tasks/account_mails.hpp"
#include "plinth/security_log.hpp"

namespace app::api::v1::account {

constexpr auto mail_is_sent = "If the address has an account, a mail is on its way";
constexpr auto bad_token = "Invalid or expired token";

HttpError incorrect_password(const User& user) {
  logging::security(SecurityEvent::authn_password_change_fail, {{"user", *user.id}});
  return HttpError(400, "Incorrect password");
}

// All tokens of the user end; the client goes on with the ones of the answer.
Task<Token> change_password(CurrentIdentity identity, PasswordChange data, SessionDep session,
                            const Settings& settings, const KeyRing& keys,
                            const PasswordPolicy& passwords, LimitsDep limits) {
  const auto& [user, token] = *identity;
  co_await limits->admit_login(*user.email);
  auto changed = co_await app::change_password(session, *user.id, *data.current_password,
                                               *data.new_password, passwords);
  if (!changed) throw incorrect_password(user);
  co_await limits->logged_in(*changed);
  auto next = co_await issue_tokens(session, settings, keys, *changed, token.scope.value_or(""));
  session->enqueue(tasks::send_password_changed_email, *changed->email);
  co_await session->commit();
  logging::security(SecurityEvent::authn_password_change, {{"user", *user.id}});
  co_return next;
}

Task<Message> request_email_change(CurrentUser user, EmailChange data, SessionDep session,
                                   const PasswordPolicy& passwords, LimitsDep limits) {
  co_await limits->admit_login(*user->email);
  if (!co_await is_password_of(session, *user->id, *data.current_password, passwords)) {
    throw incorrect_password(*user);
  }
  co_await limits->logged_in(*user);
  co_await limits->admit_mail(*data.new_email);
  session->enqueue(tasks::send_email_change_email, *user->id, *data.new_email);
  co_await session->commit();
  co_return Message{.message = "If the address is free, a mail is on its way to it"};
}

Task<Message> confirm_email_change(TokenConfirm data, SessionDep session) {
  auto moved = co_await change_email(session, *data.token);
  if (!moved) throw HttpError(400, bad_token);
  session->enqueue(tasks::send_email_changed_email, moved->old_email, *moved->user.email);
  co_await session->commit();
  logging::security(SecurityEvent::user_updated, {{"user", *moved->user.id}});
  co_return Message{.message = "Your address is changed; log in with it"};
}

Task<Message> request_email_verification(EmailRequest data, SessionDep session, LimitsDep limits) {
  co_await limits->admit_mail(*data.email);
  session->enqueue(tasks::send_verification_email, *data.email);
  co_await session->commit();
  co_return Message{.message = mail_is_sent};
}

Task<Message> confirm_email(TokenConfirm data, SessionDep session) {
  auto user = co_await verify_email(session, *data.token);
  if (!user) throw HttpError(400, bad_token);
  co_await session->commit();
  logging::security(SecurityEvent::authn_email_verified, {{"user", *user->id}});
  co_return Message{.message = "Your address is confirmed"};
}

Task<Message> request_password_reset(EmailRequest data, SessionDep session, LimitsDep limits) {
  co_await limits->admit_mail(*data.email);
  session->enqueue(tasks::send_password_reset_email, *data.email);
  co_await session->commit();
  logging::security(SecurityEvent::authn_password_reset_request,
                    {{"email", logging::masked_email(*data.email)}});
  co_return Message{.message = mail_is_sent};
}

Task<Message> confirm_password_reset(PasswordReset data, SessionDep session,
                                     const PasswordPolicy& passwords, LimitsDep limits) {
  auto user = co_await reset_password(session, *data.token, *data.new_password, passwords);
  if (!user) throw HttpError(400, bad_token);
  co_await limits->logged_in(*user);  // who reads the mails may log in from here, attack or not
  session->enqueue(tasks::send_password_changed_email, *user->email);
  co_await session->commit();
  logging::security(SecurityEvent::authn_password_reset, {{"user", *user->id}});
  co_return Message{.message = "Your password is changed; log in with it"};
}

Router router() {
  const auto by_mail = [](int status) {
    return RouteOptions{
        .status = status, .dependencies = {depends<limit_reset>}, .access = Access::open};
  };
  return Router({.tags = {"account"}})
      .patch<change_password>("/users/me/password", {.dependencies = {depends<no_store>},
                                                     .response_model_exclude_none = true})
      .post<request_email_change>("/users/me/email", {.status = 202})
      .post<confirm_email_change>("/auth/change-email/confirm", by_mail(200))
      .post<request_email_verification>("/auth/verify-email/request", by_mail(202))
      .post<confirm_email>("/auth/verify-email/confirm", by_mail(200))
      .post<request_password_reset>("/auth/password-reset/request", by_mail(202))
      .post<confirm_password_reset>("/auth/password-reset/confirm", by_mail(200));
}

}  // namespace app::api::v1::account

#include "app/schemas/auth.hpp"

#include "app/api/v1/endpoints.hpp"
#include "app/core/deps.hpp"
#include "app/core/rate_limits.hpp"
#include "app/services/tokens.hpp"
#include "app/services/users.hpp"
#include "app/tasks/account_mails.hpp"
#include "app/tasks/jobs.hpp"
#include "plinth/security_log.hpp"

namespace app::api::v1::auth {

Task<Token> login(BodyOrForm<Login> data, SessionDep session, const Settings& settings,
                  const KeyRing& keys, const PasswordPolicy& passwords, LimitsDep limits) {
  co_await limits->admit_login(*data->email);
  auto user = co_await authenticate(session, *data->email, data->password, passwords);
  if (!user) {
    logging::security(SecurityEvent::authn_login_fail);
    throw HttpError(401, "Invalid credentials");
  }
  auto token = co_await issue_tokens(session, settings, keys, *user, *data->scope);
  co_await limits->logged_in(*user);
  co_await session->commit();
  logging::security(SecurityEvent::authn_login_success, {{"user", *user->id}});
  co_return token;
}

// Says who has an account, as the seed does, unless the settings forbid it: then the answer is one
// for all, after as much work, and a mail tells the owner of the address more.
Task<Json> register_user(UserCreate data, SessionDep session, const Settings& settings,
                         const PasswordPolicy& passwords, LimitsDep limits, Response& response) {
  const bool reveals = *settings.register_reveals_accounts;
  if (!reveals) co_await limits->admit_mail(*data.email);  // each asks for one, registered or not
  auto user = co_await (reveals ? create_user(session, data, passwords)
                                : create_user_evenly(session, data, passwords));
  if (!user && reveals) throw HttpError(400, "Email already registered");

  if (!user) {
    session->enqueue(tasks::send_already_registered_email, *data.email);
  } else if (*settings.verify_email_at_register) {
    session->enqueue(tasks::send_verification_email, *user->email);
  } else {
    session->enqueue(tasks::send_welcome_email, *user->email);
  }
  co_await session->commit();
  if (user) logging::security(SecurityEvent::user_created, {{"user", *user->id}});
  if (!reveals) {
    response.status = 202;
    co_return Json::object({{"message", "A mail is on its way to the address"}});
  }
  co_return Json::object({{"id", *user->id}, {"email", *user->email}});
}

Task<Token> refresh(BodyOrForm<RefreshRequest> data, SessionDep session, const Settings& settings,
                    const KeyRing& keys) {
  auto token = co_await refresh_tokens(session, settings, keys, *data->refresh_token, *data->scope);
  if (!token) throw HttpError(401, "Invalid refresh token");
  co_return *token;
}

Task<void> logout(CurrentIdentity identity, SessionDep session, const Settings& settings) {
  co_await log_out(session, settings, identity->user, identity->token);
}

Task<void> logout_all(CurrentUser user, SessionDep session) {
  co_await end_sessions(session, *user->id);
  co_await session->commit();
  logging::security(SecurityEvent::authn_token_revoked, {{"user", *user->id}});
}

// Who has a token may end it; what it was is not told.
Task<void> revoke(BodyOrForm<RevokeRequest> data, SessionDep session, const Settings& settings,
                  const KeyRing& keys) {
  co_await revoke_token(session, settings, keys, *data->token);
}

Router router() {
  const auto answers_token = [](const detail::Parameter& limit) {
    return RouteOptions{.dependencies = {limit, depends<no_store>},
                        .response_model_exclude_none = true,
                        .access = Access::open};
  };
  return Router({.tags = {"auth"}})
      .post<login>("/login", answers_token(depends<limit_login>))
      .post<register_user>("/register", {.status = 201,
                                         .name = "register",
                                         .dependencies = {depends<limit_register>},
                                         .access = Access::open})
      .post<refresh>("/refresh", answers_token(depends<limit_refresh>))
      .post<logout>("/logout", {.status = 204})
      .post<logout_all>("/logout-all", {.status = 204})
      .post<revoke>("/revoke", {.access = Access::open});
}

}  // namespace app::api::v1::auth

#include "app/services/accounts.hpp"

#include <utility>

#include "app/services/tokens.hpp"
#include "app/services/users.hpp"

namespace app {

namespace {

Task<std::optional<User>> lock_active(Session& session, std::int32_t user_id) {
  auto user = co_await lock_user(session, user_id);
  if (user && !*user->is_active) user.reset();
  co_return user;
}

// A new password ends what the old one let in, and the links of mails that could set another.
Task<void> set_password(Session& session, User& user, std::string hash) {
  user.hashed_password = std::move(hash);
  session.add(user);
  co_await session.flush();
  co_await forget_tokens(session, *user.id, Purpose::reset_password);
  co_await forget_tokens(session, *user.id, Purpose::change_email);
  co_await end_sessions(session, *user.id);
  co_await session.refresh(user);
}

Task<std::optional<std::string>> order_token(Session& session, std::string email, Purpose purpose,
                                             Seconds lifetime) {
  const auto found = co_await get_user_by_email(session, email);
  if (!found) co_return std::nullopt;
  const auto user = co_await lock_active(session, *found->id);
  const bool proven = user && purpose == Purpose::verify_email && *user->email_verified_at;
  if (!user || proven || *user->email != *found->email) {
    co_await session.rollback();
    co_return std::nullopt;
  }

  auto token = co_await make_one_time_token(
      session, *user->id, {.purpose = purpose, .email = *user->email, .lifetime = lifetime});
  co_await session.commit();
  co_return token;
}

}  // namespace

Task<bool> is_password_of(Session& session, std::int32_t user_id, std::string password,
                          const PasswordPolicy& policy) {
  const auto user = co_await session.get<User>(user_id);
  std::optional<std::string> hash;
  if (user) hash = *user->hashed_password;
  const bool verified =
      co_await verify_password(std::move(password), std::move(hash), policy.hashing);
  co_return verified && *user->is_active;
}

Task<std::optional<User>> change_password(Session& session, std::int32_t user_id,
                                          std::string current, std::string chosen,
                                          const PasswordPolicy& policy) {
  check_new_password(policy, chosen, "new_password");
  const auto known = co_await session.get<User>(user_id);
  if (!known) co_return std::nullopt;
  const bool verified =
      co_await verify_password(std::move(current), *known->hashed_password, policy.hashing);
  if (!verified) co_return std::nullopt;
  auto hash = co_await hash_password(std::move(chosen), policy.hashing);

  // Hashing takes long: another change may have come first, which has ended the sessions. The hash
  // itself tells less: a login may have replaced it by a newer one of the same password.
  auto user = co_await lock_active(session, user_id);
  if (!user || *user->tokens_valid_after != *known->tokens_valid_after) co_return std::nullopt;
  co_await set_password(session, *user, std::move(hash));
  co_return user;
}

Task<std::optional<std::string>> order_verification(Session& session, std::string email,
                                                    Seconds lifetime) {
  return order_token(session, std::move(email), Purpose::verify_email, lifetime);
}

Task<std::optional<std::string>> order_password_reset(Session& session, std::string email,
                                                      Seconds lifetime) {
  return order_token(session, std::move(email), Purpose::reset_password, lifetime);
}

Task<std::optional<std::string>> order_email_change(Session& session, std::int32_t user_id,
                                                    std::string new_email, Seconds lifetime) {
  const auto owner = co_await get_user_by_email(session, new_email);
  const bool taken = owner && *owner->id != user_id;
  const auto user = co_await lock_active(session, user_id);
  if (taken || !user || *user->email == new_email) {
    co_await session.rollback();
    co_return std::nullopt;
  }

  auto token = co_await make_one_time_token(
      session, user_id,
      {.purpose = Purpose::change_email, .email = std::move(new_email), .lifetime = lifetime});
  co_await session.commit();
  co_return token;
}

Task<std::optional<User>> verify_email(Session& session, std::string token) {
  auto used = co_await use_token(session, Purpose::verify_email, std::move(token));
  if (!used || used->email != *used->user.email) co_return std::nullopt;
  used->user.email_verified_at = DateTime::now();
  session.add(used->user);
  co_await session.flush();
  co_return std::move(used->user);
}

Task<std::optional<User>> reset_password(Session& session, std::string token, std::string chosen,
                                         const PasswordPolicy& policy) {
  check_new_password(policy, chosen, "new_password");
  // A hash is dear: not for a token that anybody could make up.
  if (!co_await is_good_token(session, Purpose::reset_password, token)) co_return std::nullopt;
  auto hash = co_await hash_password(std::move(chosen), policy.hashing);

  auto used = co_await use_token(session, Purpose::reset_password, std::move(token));
  if (!used || used->email != *used->user.email) co_return std::nullopt;
  if (!*used->user.email_verified_at) used->user.email_verified_at = DateTime::now();
  co_await set_password(session, used->user, std::move(hash));
  co_return std::move(used->user);
}

Task<std::optional<MovedUser>> change_email(Session& session, std::string token) {
  auto used = co_await use_token(session, Purpose::change_email, std::move(token));
  if (!used) co_return std::nullopt;
  auto old_email = *used->user.email;
  used->user.email = used->email;
  used->user.email_verified_at = DateTime::now();
  session.add(used->user);
  try {
    co_await session.flush();
  } catch (const IntegrityError& error) {
    if (error.kind != IntegrityError::Kind::unique) throw;
    co_return std::nullopt;
  }

  // Mails to the old address must not let anybody in.
  co_await forget_tokens(session, *used->user.id);
  co_await end_sessions(session, *used->user.id);
  co_return MovedUser{.user = std::move(used->user), .old_email = std::move(old_email)};
}

}  // namespace app

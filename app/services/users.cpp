#include "app/services/users.hpp"

#include <utility>

#include "app/services/one_time_tokens.hpp"
#include "app/services/tokens.hpp"

namespace app {

namespace {

// Empty when the address is taken. Whichever of the two indexes finds that out first, nothing
// fails.
Task<std::optional<User>> insert_user(Session& session, User user) {
  // To the microsecond, on SQLite too: an account that takes an address over is another one.
  user.created_at = DateTime::now();
  auto made = co_await session.all(insert(user).on_conflict_do_nothing().returning());
  if (made.empty()) co_return std::nullopt;
  co_return std::move(made.front());
}

// False, and the transaction is rolled back, when the address is taken.
Task<bool> save_user(Session& session, User& user) {
  session.add(user);
  try {
    co_await session.flush();
  } catch (const IntegrityError& error) {
    if (error.kind != IntegrityError::Kind::unique) throw;
    co_return false;
  }
  co_return true;
}

Task<bool> is_last_admin(Session& session, const User& user) {
  if (*user.role != "admin" || !*user.is_active) co_return false;
  const auto another =
      co_await session.first(select<User>(col<&User::id>)
                                 .where(col<&User::role> == "admin" &&
                                        col<&User::is_active> == true && col<&User::id> != *user.id)
                                 .limit(1));
  co_return !another;
}

}  // namespace

Task<std::optional<User>> get_user_by_email(Session& session, std::string email) {
  co_return co_await session.one_or_none(
      select<User>().where(lower(col<&User::email>) == lower(email)));
}

Task<std::optional<User>> authenticate(Session& session, std::string email, std::string password,
                                       const PasswordPolicy& policy) {
  auto user = co_await get_user_by_email(session, email);
  std::optional<std::string> hash;
  if (user) hash = *user->hashed_password;

  auto checked = co_await verify_and_update_password(password, hash, policy.hashing);
  if (!checked.verified || !*user->is_active) co_return std::nullopt;
  if (checked.new_hash) {
    // Only over the hash that was verified: the password may have been changed meanwhile.
    co_await session.execute(
        update<User>()
            .set(col<&User::hashed_password> = *checked.new_hash)
            .where(col<&User::id> == *user->id && col<&User::hashed_password> == *hash));
  }
  co_return user;
}

Task<std::optional<User>> create_user(Session& session, UserCreate data,
                                      const PasswordPolicy& policy) {
  check_new_password(policy, *data.password);
  if (co_await get_user_by_email(session, *data.email)) co_return std::nullopt;
  co_return co_await create_user_evenly(session, std::move(data), policy);
}

Task<std::optional<User>> create_user_evenly(Session& session, UserCreate data,
                                             const PasswordPolicy& policy) {
  check_new_password(policy, *data.password);
  auto hash = co_await hash_password(*data.password, policy.hashing);
  co_return co_await insert_user(session,
                                 {.email = *data.email, .hashed_password = std::move(hash)});
}

Task<std::optional<User>> create_user_as_admin(Session& session, UserAdminCreate data,
                                               const PasswordPolicy& policy) {
  check_new_password(policy, *data.password);
  if (co_await get_user_by_email(session, *data.email)) co_return std::nullopt;

  auto hash = co_await hash_password(*data.password, policy.hashing);
  co_return co_await insert_user(session, {.email = *data.email,
                                           .hashed_password = std::move(hash),
                                           .is_active = *data.is_active,
                                           .role = data.role->str()});
}

Task<std::optional<User>> lock_user(Session& session, std::int64_t id) {
  if (!session.in_transaction()) co_await session.begin();
  co_return co_await session.one_or_none(
      select<User>().where(col<&User::id> == id).with_for_update());
}

Task<std::optional<User>> lock_user_and_admins(Session& session, std::int64_t id) {
  co_await session.begin();
  // Administrators first and in one order, so that two who wait for each other cannot be.
  co_await session.all(select<User>(col<&User::id>)
                           .where(col<&User::role> == "admin" && col<&User::is_active> == true)
                           .order_by(col<&User::id>)
                           .with_for_update());
  co_return co_await lock_user(session, id);
}

Task<UserProblem> update_user(Session& session, User& user, UserUpdate changes) {
  const bool leaves = changes.is_active && !*changes.is_active;
  const bool steps_down = changes.role && *changes.role != "admin";
  if ((leaves || steps_down) && co_await is_last_admin(session, user)) {
    co_return UserProblem::last_admin;
  }
  co_return co_await force_update_user(session, user, std::move(changes));
}

Task<UserProblem> force_update_user(Session& session, User& user, UserUpdate changes) {
  const bool moves = changes.email && *user.email != **changes.email;
  const bool leaves = changes.is_active && !*changes.is_active && *user.is_active;
  if (moves) {
    user.email = **changes.email;
    user.email_verified_at = std::nullopt;
  }
  if (changes.is_active) user.is_active = *changes.is_active;
  if (changes.role) user.role = changes.role->str();
  if (!co_await save_user(session, user)) co_return UserProblem::email_taken;

  if (moves || leaves) {
    // What was mailed to them before must not let anybody in either.
    co_await forget_tokens(session, *user.id);
    co_await end_sessions(session, *user.id);
  }
  co_return UserProblem::none;
}

Task<UserProblem> delete_user(Session& session, User& user) {
  if (co_await is_last_admin(session, user)) co_return UserProblem::last_admin;
  co_await session.delete_(user);
  co_return UserProblem::none;
}

}  // namespace app

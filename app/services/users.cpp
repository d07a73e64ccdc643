#include "app/services/users.hpp"

#include <utility>

namespace app {

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

  auto hash = co_await hash_password(*data.password, policy.hashing);
  auto user = User{.email = *data.email, .hashed_password = hash};
  session.add(user);
  try {
    co_await session.flush();
  } catch (const IntegrityError&) {
    co_return std::nullopt;
  }
  co_return user;
}

}  // namespace app

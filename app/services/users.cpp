#include "app/services/users.hpp"

#include <utility>

namespace app {

Task<std::optional<User>> get_user_by_email(Session& session, std::string email) {
  co_return co_await session.one_or_none(
      select<User>().where(lower(col<&User::email>) == lower(email)));
}

Task<std::optional<User>> authenticate(Session& session, std::string email, std::string password) {
  auto user = co_await get_user_by_email(session, email);
  std::optional<std::string> hash;
  if (user) hash = *user->hashed_password;

  bool verified = co_await verify_password(password, hash);
  if (!verified || !*user->is_active) co_return std::nullopt;
  co_return user;
}

Task<std::optional<User>> create_user(Session& session, UserCreate data) {
  if (co_await get_user_by_email(session, *data.email)) co_return std::nullopt;

  auto user = User{.email = *data.email, .hashed_password = co_await hash_password(*data.password)};
  session.add(user);
  try {
    co_await session.flush();
  } catch (const IntegrityError&) {
    co_return std::nullopt;
  }
  co_return user;
}

}  // namespace app

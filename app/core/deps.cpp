#include "app/core/deps.hpp"

#include "app/services/users.hpp"

namespace app {

Task<User> get_current_user(BearerToken token, SessionDep session, const KeyRing& keys) {
  auto email = subject_of(*token, keys);  // empty: expired, forged, or no "sub"
  if (!email) throw HttpError(401, "Invalid token");

  auto user = co_await get_user_by_email(session, *email);
  if (!user) throw HttpError(401, "User not found");
  if (!*user->is_active) throw HttpError(401, "Inactive user");
  co_return *user;
}

}  // namespace app

// Dependencies: what a handler names in its parameters to be given it.
#pragma once

#include "app/db/session.hpp"
#include "app/models/user.hpp"

namespace app {

using BearerToken = OAuth2PasswordBearer<"/api/v1/auth/login">;

/// The active user whose token this is; 401 otherwise.
Task<User> get_current_user(BearerToken token, SessionDep session, const KeyRing& keys);

using CurrentUser = Depends<get_current_user>;

}  // namespace app

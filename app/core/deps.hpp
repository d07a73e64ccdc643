// Dependencies: what a handler names in its parameters to be given it.
#pragma once

#include "app/core/roles.hpp"
#include "app/core/security.hpp"
#include "app/db/session.hpp"
#include "app/models/user.hpp"

namespace app {

using BearerToken =
    OAuth2PasswordBearer<"/api/v1/auth/login", users_read, users_write, offline_access>;

/// Who asks, and by which token.
struct Identity {
  User user;
  AccessClaims token;
};

/// The active user whose token this is, unless it was taken back; 401 otherwise. One query.
Task<Identity> get_identity(BearerToken token, SessionDep session, const Settings& settings,
                            const KeyRing& keys);

/// The same, when both the token and the user's role, as it is now, have all `scopes`; 403
/// otherwise. `Security<get_current_user, "users:read">` names them.
Task<User> get_current_user(Depends<get_identity> identity, const SecurityScopes& scopes);

/// For what answers with a token, which no cache may keep (RFC 6749 5.1).
void no_store(Response& response);

using CurrentIdentity = Depends<get_identity>;
using CurrentUser = Depends<get_current_user>;

}  // namespace app

#include "app/core/deps.hpp"

#include <utility>

#include "app/services/tokens.hpp"
#include "plinth/security_log.hpp"

namespace app {

namespace {

// RFC 6750 3: what was wrong with the token that was sent.
HttpError invalid_token(const char* detail) {
  return HttpError(401, detail, {{"www-authenticate", R"(Bearer error="invalid_token")"}});
}

bool is_allowed(const Identity& identity, std::string_view scope) {
  const auto& granted = identity.token.scope;
  return role_has(*identity.user.role, scope) && (!granted || has_scope(*granted, scope));
}

}  // namespace

Task<Identity> get_identity(BearerToken token, SessionDep session, const Settings& settings,
                            const KeyRing& keys) {
  auto claims = read_access_token(*token, settings, keys);
  if (!claims) throw invalid_token("Invalid token");

  auto owner = co_await get_token_owner(session, *claims);
  if (!owner) throw invalid_token("User not found");
  logging::set_user_id(*owner->user.id);
  if (!*owner->user.is_active || owner->revoked) {
    logging::security(SecurityEvent::authn_token_fail, {{"user", *owner->user.id}});
    throw invalid_token(owner->revoked ? "Invalid token" : "Inactive user");
  }
  co_return Identity{.user = std::move(owner->user), .token = std::move(*claims)};
}

Task<User> get_current_user(Depends<get_identity> identity, const SecurityScopes& scopes) {
  for (const auto& scope : scopes.scopes) {
    if (is_allowed(*identity, scope)) continue;
    logging::security(SecurityEvent::authz_fail,
                      {{"user", *identity->user.id}, {"scope", std::string_view(scope)}});
    throw HttpError(403, "Not enough permissions",
                    {{"www-authenticate",
                      R"(Bearer error="insufficient_scope", scope=")" + scopes.scope_str() + '"'}});
  }
  co_return identity->user;
}

void no_store(Response& response) { response.headers.set("cache-control", "no-store"); }

}  // namespace app

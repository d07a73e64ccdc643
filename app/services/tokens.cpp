#include "app/services/tokens.hpp"

#include <algorithm>
#include <utility>

#include "app/core/roles.hpp"
#include "app/models/one_time_token.hpp"
#include "app/models/refresh_token.hpp"
#include "app/models/revoked_token.hpp"
#include "app/services/users.hpp"
#include "plinth/secrets.hpp"
#include "plinth/security_log.hpp"

namespace app {

namespace {

constexpr std::int64_t microseconds = 1'000'000;

DateTime later(DateTime time, Seconds by) {
  time.microseconds += by.count * microseconds;
  return time;
}
DateTime from_unix(Seconds time) { return {.microseconds = time.count * microseconds}; }

Seconds refresh_lifetime(const Settings& settings) {
  return {*settings.refresh_token_expire_days * 24 * 3600};
}

// Until then a token that ends at `exp` may be believed, so its revocation is kept so long.
DateTime believed_until(const Settings& settings, DateTime exp) {
  return later(exp, {*settings.jwt_leeway_seconds});
}

// What the moment of making says of a token without an epoch: the seed's.
bool is_outlived(const AccessClaims& token, const User& user) {
  const auto& valid_after = *user.tokens_valid_after;
  return valid_after && from_unix(token.iat) < *valid_after;
}

Task<void> revoke_id(Session& session, std::string id, DateTime expires_at) {
  co_await session.execute(
      insert<RevokedToken>()
          .values(col<&RevokedToken::jti> = id, col<&RevokedToken::expires_at> = expires_at)
          .on_conflict_do_nothing());
}

// The user's row is held. A family that is no more is named like a revoked token, which ends the
// access tokens that belong to it.
Task<void> end_family(Session& session, const Settings& settings, std::string family) {
  const auto now = DateTime::now();
  co_await session.execute(
      update<RefreshToken>()
          .set(col<&RefreshToken::revoked_at> = now)
          .where(col<&RefreshToken::family> == family && col<&RefreshToken::revoked_at>.is_null()));
  co_await revoke_id(session, std::move(family),
                     believed_until(settings, later(now, access_lifetime(settings))));
}

// With a grace whoever lost the answer is given the same token again, so it must be one that can be
// made again: only by who has the used token and SECRET_KEY.
std::string next_refresh_token(const Settings& settings, const std::string& used) {
  if (*settings.refresh_token_grace_seconds == 0) return token_urlsafe();
  return hmac_sha256_hex(settings.secret_key->get_secret_value(), "refresh token after " + used);
}

void add_refresh_token(Session& session, const Settings& settings, const std::string& token,
                       std::int32_t user_id, const std::string& family, const std::string& scope) {
  session.add(RefreshToken{.user_id = user_id,
                           .family = family,
                           .token_hash = sha256_hex(token),
                           .scope = scope,
                           .created_at = DateTime::now(),
                           .expires_at = later(DateTime::now(), refresh_lifetime(settings))});
}

// Whether the user is as they were when their password was looked at. Holds their row.
Task<bool> is_still(Session& session, std::int32_t user_id, std::int64_t epoch) {
  auto user = co_await lock_user(session, user_id);
  co_return user && *user->is_active&& epoch_of(*user) == epoch;
}

std::string make_access_token(const Settings& settings, const KeyRing& keys, const User& user,
                              const std::string& scope, const std::string& family) {
  return create_access_token(
      settings, keys, {.sub = *user.email, .scope = scope, .sid = family, .epoch = epoch_of(user)});
}

Task<std::optional<RefreshToken>> find_refresh_token(Session& session, std::string token_hash) {
  return session.one_or_none(
      select<RefreshToken>().where(col<&RefreshToken::token_hash> == token_hash));
}

}  // namespace

std::int64_t epoch_of(const User& user) {
  const auto& valid_after = *user.tokens_valid_after;
  return (valid_after ? *valid_after : *user.created_at).microseconds;
}

Task<std::optional<TokenOwner>> get_token_owner(Session& session, AccessClaims token) {
  auto taken_back = exists(select<RevokedToken>().where(col<&RevokedToken::jti> == token.jti ||
                                                        col<&RevokedToken::jti> == token.sid));
  auto row = co_await session.one_or_none(
      select<User>(entity<User>, taken_back).where(lower(col<&User::email>) == lower(token.sub)));
  if (!row) co_return std::nullopt;
  auto& [user, revoked] = *row;
  const bool old = token.epoch ? *token.epoch != epoch_of(user) : is_outlived(token, user);
  co_return TokenOwner{.user = std::move(user), .revoked = revoked || old};
}

Task<Token> issue_tokens(Session& session, const Settings& settings, const KeyRing& keys, User user,
                         std::string requested) {
  const auto scope = grant_scope(requested, *user.role);
  std::string family;
  Token token{.access_token = {}};
  if (has_scope(scope, offline_access.name.view()) &&
      co_await is_still(session, *user.id, epoch_of(user))) {
    family = Uuid::random().str();
    token.refresh_token = token_urlsafe();
    add_refresh_token(session, settings, *token.refresh_token, *user.id, family, scope);
  }
  token.access_token = make_access_token(settings, keys, user, scope, family);
  if (!requested.empty()) {
    token.expires_in = access_lifetime(settings).count;
    token.scope = scope;
  }
  co_return token;
}

Task<std::optional<Token>> refresh_tokens(Session& session, const Settings& settings,
                                          const KeyRing& keys, std::string refresh_token,
                                          std::string requested) {
  const auto hash = sha256_hex(refresh_token);
  auto row = co_await find_refresh_token(session, hash);
  if (!row) co_return std::nullopt;
  auto user = co_await lock_user(session, *row->user_id);
  row = co_await find_refresh_token(session, hash);  // as it is now that its user's row is held
  const auto now = DateTime::now();
  if (!user || !*user->is_active || !row || *row->revoked_at || *row->expires_at <= now) {
    co_return std::nullopt;
  }

  auto next = next_refresh_token(settings, refresh_token);
  if (const auto& used_at = *row->used_at) {
    auto successor = co_await find_refresh_token(session, sha256_hex(next));
    const bool lost = now < later(*used_at, {*settings.refresh_token_grace_seconds}) && successor &&
                      !*successor->used_at && !*successor->revoked_at;
    if (!lost) {
      co_await end_family(session, settings, *row->family);
      co_await session.commit();
      logging::security(SecurityEvent::authn_token_reuse,
                        {{"user", *row->user_id}, {"session", *row->family}});
      co_return std::nullopt;
    }
  } else {
    row->used_at = now;
    session.add(*row);
    add_refresh_token(session, settings, next, *row->user_id, *row->family, *row->scope);
  }
  co_await session.commit();
  logging::security(SecurityEvent::session_renewed,
                    {{"user", *row->user_id}, {"session", *row->family}});

  const auto scope =
      narrow_scope(requested.empty() ? *row->scope : requested, *row->scope, *user->role);
  co_return Token{.access_token = make_access_token(settings, keys, *user, scope, *row->family),
                  .expires_in = access_lifetime(settings).count,
                  .refresh_token = std::move(next),
                  .scope = scope};
}

Task<void> log_out(Session& session, const Settings& settings, User user, AccessClaims token) {
  co_await lock_user(session, *user.id);
  co_await revoke_id(session, token.jti, believed_until(settings, from_unix(token.exp)));
  if (!token.sid.empty()) co_await end_family(session, settings, token.sid);
  co_await session.commit();
  logging::security(SecurityEvent::authn_token_revoked, {{"user", *user.id}});
}

Task<void> revoke_token(Session& session, const Settings& settings, const KeyRing& keys,
                        std::string token) {
  if (auto access = read_access_token(token, settings, keys)) {
    co_await revoke_id(session, access->jti, believed_until(settings, from_unix(access->exp)));
    co_await session.commit();
    co_return;
  }
  auto row = co_await find_refresh_token(session, sha256_hex(token));
  if (!row) co_return;
  co_await lock_user(session, *row->user_id);
  co_await end_family(session, settings, *row->family);
  co_await session.commit();
  logging::security(SecurityEvent::authn_token_revoked, {{"user", *row->user_id}});
}

Task<void> end_sessions(Session& session, std::int32_t user_id) {
  auto user = co_await lock_user(session, user_id);
  if (!user) co_return;
  const auto now = DateTime::now();
  auto valid_after = now;
  // Later than before, whatever the clock says: the epoch must change.
  valid_after.microseconds = std::max(valid_after.microseconds, epoch_of(*user) + 1);
  co_await session.execute(update<User>()
                               .set(col<&User::tokens_valid_after> = valid_after)
                               .where(col<&User::id> == user_id));
  co_await session.execute(update<RefreshToken>()
                               .set(col<&RefreshToken::revoked_at> = now)
                               .where(col<&RefreshToken::user_id> == user_id &&
                                      col<&RefreshToken::revoked_at>.is_null()));
}

Task<std::int64_t> purge_expired_tokens(Session& session) {
  const auto now = DateTime::now();
  const auto refresh = co_await session.execute(
      delete_from<RefreshToken>().where(col<&RefreshToken::expires_at> <= now));
  const auto revoked = co_await session.execute(
      delete_from<RevokedToken>().where(col<&RevokedToken::expires_at> <= now));
  const auto one_time = co_await session.execute(
      delete_from<OneTimeToken>().where(col<&OneTimeToken::expires_at> <= now));
  co_return refresh.rowcount + revoked.rowcount + one_time.rowcount;
}

}  // namespace app

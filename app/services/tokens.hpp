// Access and refresh tokens: made, used up, taken back. Knows no HTTP.
//
// Invariants
// - A refresh token is good once. Using it makes the next one of its family; one that comes again
//   ends the family, since one of the two who have it is a thief.
// - Whoever changes refresh tokens holds the row of their user until the commit. So of two that use
//   one at once the second sees that it is used, and no token is made in a family that is ending.
// - An access token names its family (`sid`) and its user's epoch; a request asks for both, and for
//   the token itself, in the one query that finds the user.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/core/security.hpp"
#include "app/models/user.hpp"
#include "app/schemas/auth.hpp"

namespace app {

/// Changes whenever all tokens of the user's are taken back, and from one account of an address to
/// the next: microseconds of tokens_valid_after, before there is one of created_at.
std::int64_t epoch_of(const User& user);

struct TokenOwner {
  User user;
  bool revoked;  // the token, its family, or all of the user's
};
/// The user of the token's address, active or not. One query.
Task<std::optional<TokenOwner>> get_token_owner(Session& session, AccessClaims token);

/// The answer to a login: with a refresh token when `requested`, scopes separated by spaces, has
/// offline_access. When all tokens of the user's were taken back since `user` was read, by a change
/// of the password that came in between, what is made is no good. The caller commits.
Task<Token> issue_tokens(Session& session, const Settings& settings, const KeyRing& keys, User user,
                         std::string requested);

/// Uses a refresh token up and makes the next, and an access token with those of its scopes that
/// are `requested` (none: all) and that its user's role still has. Empty when it is no good; see
/// REFRESH_TOKEN_GRACE_SECONDS for one that was just used. Begins a transaction, and commits it.
Task<std::optional<Token>> refresh_tokens(Session& session, const Settings& settings,
                                          const KeyRing& keys, std::string refresh_token,
                                          std::string requested);

/// Takes back an access token, and all of its family. Commits.
Task<void> log_out(Session& session, const Settings& settings, User user, AccessClaims token);

/// Takes back a token of either kind, a refresh token with its family (RFC 7009); nothing happens
/// when it is none. Commits.
Task<void> revoke_token(Session& session, const Settings& settings, const KeyRing& keys,
                        std::string token);

/// Takes back all tokens of a user, also those that are being made. The caller commits.
Task<void> end_sessions(Session& session, std::int32_t user_id);

/// Deletes what has expired: refresh tokens, revocations, one-time tokens. Returns how many rows.
/// The caller commits.
Task<std::int64_t> purge_expired_tokens(Session& session);

}  // namespace app

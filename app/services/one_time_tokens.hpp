// What a link in an e-mail carries. The database knows only digests; a token is good once, for one
// purpose, for a while, for the address it was sent to, and only the newest of its purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/models/one_time_token.hpp"
#include "app/models/user.hpp"

namespace app {

enum class Purpose : std::uint8_t { verify_email, reset_password, change_email };

struct TokenOrder {
  Purpose purpose;
  std::string email;  // where it is sent
  Seconds lifetime;
};

/// A new token of a user whose row this transaction has locked; the caller commits.
Task<std::string> make_one_time_token(Session& session, std::int32_t user_id, TokenOrder order);

/// Takes back what the user has not used, of one purpose or all; the caller commits.
Task<void> forget_tokens(Session& session, std::int32_t user_id,
                         std::optional<Purpose> purpose = {});

struct UsedToken {
  User user;          // locked until the transaction ends
  std::string email;  // where the token was sent
};

/// Whether the token would be good now. Changes nothing.
Task<bool> is_good_token(Session& session, Purpose purpose, std::string token);

/// Uses up a token of an active user, in a transaction that this begins and the caller commits.
/// Empty: it never was one, or is used, expired, or not the newest. Of any number of requests at
/// the same moment one gets it.
Task<std::optional<UsedToken>> use_token(Session& session, Purpose purpose, std::string token);

}  // namespace app

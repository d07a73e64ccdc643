// What people do with their own accounts: change a password, prove an address. Knows no HTTP. What
// is changed is committed by the caller, with whatever mail tells of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/core/passwords.hpp"
#include "app/services/one_time_tokens.hpp"

namespace app {

/// Sets another password for a user who knows the one they have; ends their sessions. Empty, and
/// nothing is changed, when it is wrong. Throws RequestValidationError, for the member
/// "new_password", when the policy does not allow what was chosen.
Task<std::optional<User>> change_password(Session& session, std::int32_t user_id,
                                          std::string current, std::string chosen,
                                          const PasswordPolicy& policy);

/// Whether this is the password of an active user.
Task<bool> is_password_of(Session& session, std::int32_t user_id, std::string password,
                          const PasswordPolicy& policy);

/// Makes a token for the active user of this address, and commits; empty when there is none, or
/// nothing to prove.
Task<std::optional<std::string>> order_verification(Session& session, std::string email,
                                                    Seconds lifetime);
Task<std::optional<std::string>> order_password_reset(Session& session, std::string email,
                                                      Seconds lifetime);

/// Makes a token for the address that this user wants to have, and commits; empty when it is
/// theirs, or somebody else's.
Task<std::optional<std::string>> order_email_change(Session& session, std::int32_t user_id,
                                                    std::string new_email, Seconds lifetime);

// By the token of a mail; empty when it is not good.

/// The user whose address is proven now.
Task<std::optional<User>> verify_email(Session& session, std::string token);

/// Sets another password; ends the sessions of the user, and every other reset of theirs. Throws as
/// change_password.
Task<std::optional<User>> reset_password(Session& session, std::string token, std::string chosen,
                                         const PasswordPolicy& policy);

struct MovedUser {
  User user;
  std::string old_email;
};
/// The user with the address that is proven now; ends their sessions, whose tokens name the old
/// one. Empty also when somebody else has taken the address meanwhile.
Task<std::optional<MovedUser>> change_email(Session& session, std::string token);

}  // namespace app

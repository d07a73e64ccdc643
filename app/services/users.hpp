// What the application does with users. Knows no HTTP.
#pragma once

#include <optional>
#include <string>

#include "app/core/passwords.hpp"
#include "app/models/user.hpp"
#include "app/schemas/user.hpp"

namespace app {

/// The user of that address, whatever its letter case.
Task<std::optional<User>> get_user_by_email(Session& session, std::string email);

/// The active user whose password this is. Takes the same time whether the address is known or not.
/// A hash that the policy finds old is replaced, to be committed by the caller.
Task<std::optional<User>> authenticate(Session& session, std::string email, std::string password,
                                       const PasswordPolicy& policy);

/// Adds a user, to be committed by the caller; empty, and nothing to commit, when the address is
/// taken, also by a request that came at the same moment. Throws RequestValidationError for a
/// password that the policy does not allow.
Task<std::optional<User>> create_user(Session& session, UserCreate data,
                                      const PasswordPolicy& policy);

}  // namespace app

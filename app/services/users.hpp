// What the application does with users. Knows no HTTP.
#pragma once

#include <cstdint>
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

/// The same, with as much work for an address that is taken as for one that is not.
Task<std::optional<User>> create_user_evenly(Session& session, UserCreate data,
                                             const PasswordPolicy& policy);

/// As create_user, with what only administrators decide.
Task<std::optional<User>> create_user_as_admin(Session& session, UserAdminCreate data,
                                               const PasswordPolicy& policy);

/// The user, kept as they are until the commit of a transaction that this begins unless there is
/// one.
Task<std::optional<User>> lock_user(Session& session, std::int64_t id);

/// The same at the begin of a transaction, with all active administrators, so that two of them
/// cannot put each other out at the same moment.
Task<std::optional<User>> lock_user_and_admins(Session& session, std::int64_t id);

enum class UserProblem : std::uint8_t {
  none,
  email_taken,
  last_admin,  // nobody would be left to administer
};

/// Changes a user that lock_user_and_admins gave; the caller commits. A user who may no longer log
/// in, or has another address, loses their sessions. With a problem nothing was changed.
Task<UserProblem> update_user(Session& session, User& user, UserUpdate changes);

/// The same without asking who is left.
Task<UserProblem> force_update_user(Session& session, User& user, UserUpdate changes);

/// Deletes a user that lock_user_and_admins gave; the caller commits.
Task<UserProblem> delete_user(Session& session, User& user);

}  // namespace app

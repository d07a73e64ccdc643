// What the settings say of passwords.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/core/settings.hpp"
#include "plinth/password_list.hpp"

namespace app {

/// Provided to handlers as `const PasswordPolicy&`.
struct PasswordPolicy {
  PasswordOptions hashing = {};             // PASSWORD_HASH
  std::optional<PasswordList> denied = {};  // PASSWORD_DENY_LIST
};
PasswordPolicy make_password_policy(const Settings& settings);

/// Throws RequestValidationError, the 422 of the body's member `name`, when the policy does not
/// allow a new password: too long for the scheme, or on the list.
void check_new_password(const PasswordPolicy& policy, const std::string& password,
                        std::string_view name = "password");

}  // namespace app

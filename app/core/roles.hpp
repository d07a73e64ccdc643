// Who may do what: the scopes, and which role has which. The one table of it.
#pragma once

#include <string>
#include <string_view>

#include "app/prelude.hpp"

namespace app {

inline constexpr auto users_read = scope("users:read", "List and read all users");
inline constexpr auto users_write = scope("users:write", "Create, change and delete users");
// Not a right: whoever asks for it at login is given a refresh token too.
inline constexpr auto offline_access = scope("offline_access", "Stay logged in by refresh tokens");

inline constexpr std::string_view user_role = "user";
inline constexpr std::string_view admin_role = "admin";

/// Whether `role` has `scope`, now. A role that is not in the table has offline_access alone.
bool role_has(std::string_view role, std::string_view scope);

/// Whether `scope` is one of `granted`, which spaces separate.
bool has_scope(std::string_view granted, std::string_view scope);

/// What a login is given of what it requests (RFC 6749 3.3): those scopes that `role` has, each
/// once. A request for no right, so for nothing or offline_access alone, is one for all of them.
std::string grant_scope(std::string_view requested, std::string_view role);

/// The scopes of `wanted` that `granted` has too, and the role still has.
std::string narrow_scope(std::string_view wanted, std::string_view granted, std::string_view role);

}  // namespace app

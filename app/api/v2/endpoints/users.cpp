#include "app/api/v2/endpoints.hpp"
#include "app/core/deps.hpp"
#include "app/schemas/profile.hpp"
#include "plinth/conditional.hpp"

namespace app::api::v2::users {

Profile me(CurrentUser user, Response& response) {
  auto profile = Profile{.id = *user->id,
                         .email = *user->email,
                         .email_verified = user->email_verified_at->has_value(),
                         .role = *user->role,
                         .created_at = *user->created_at};
  set_etag(response, etag(profile));
  response.headers.set("cache-control", "private, no-cache");
  return profile;
}

Router router() {
  return Router({.prefix = "/users", .tags = {"users"}})  //
      .get<me>("/me");
}

}  // namespace app::api::v2::users

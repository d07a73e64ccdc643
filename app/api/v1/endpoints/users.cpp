#include "app/api/v1/endpoints.hpp"
#include "app/core/deps.hpp"
#include "app/schemas/user.hpp"

namespace app::api::v1::users {

UserRead me(CurrentUser user) { return to<UserRead>(*user); }

Router router() {
  return Router({.prefix = "/users", .tags = {"users"}})  //
      .get<me>("/me");
}

}  // namespace app::api::v1::users

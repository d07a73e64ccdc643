#include "app/api/v1/endpoints.hpp"

namespace app::api::v1 {

Router router() {
  return Router({.prefix = "/api/v1"})
      .include(auth::router(), {.prefix = "/auth"})
      .include(account::router())
      .include(users::router());
}

}  // namespace app::api::v1

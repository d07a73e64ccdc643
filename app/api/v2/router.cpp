#include "app/api/v2/endpoints.hpp"

namespace app::api::v2 {

// Only what has changed since v1, beside which it stands. A router of v1 that stays as it is can be
// included under both prefixes.
Router router() {
  return Router({.prefix = "/api/v2"})  //
      .include(users::router());
}

}  // namespace app::api::v2

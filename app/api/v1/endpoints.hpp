// The routers of api/v1/endpoints/, one line a file.
#pragma once

#include "app/prelude.hpp"

namespace app::api::v1 {

namespace account {
Router router();
}
namespace auth {
Router router();
}
namespace users {
Router router();
}

Router router();

}  // namespace app::api::v1

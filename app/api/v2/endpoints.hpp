// The routers of api/v2/endpoints/, one line a file.
#pragma once

#include "app/prelude.hpp"

namespace app::api::v2 {

namespace users {
Router router();
}

Router router();

}  // namespace app::api::v2

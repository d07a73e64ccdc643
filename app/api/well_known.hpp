// What stands under /.well-known (RFC 8615).
#pragma once

#include "app/prelude.hpp"

namespace app::api::well_known {

Router router();

}  // namespace app::api::well_known

// The session of a request.
#pragma once

#include "app/prelude.hpp"

namespace app {

/// Lends a session; what was not committed is rolled back.
Yield<Session> get_session(Engine& engine);

using SessionDep = Depends<get_session>;

}  // namespace app

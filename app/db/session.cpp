#include "app/db/session.hpp"

namespace app {

Yield<Session> get_session(Engine& engine) {
  auto session = engine.session();
  co_yield session;
  co_await session.close();
}

}  // namespace app

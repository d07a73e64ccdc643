#include "app/tasks/maintenance.hpp"

#include "app/services/login_networks.hpp"
#include "app/services/tokens.hpp"

namespace app::tasks {

Task<void> purge_tokens(Session& session) {
  const auto rows = co_await app::purge_expired_tokens(session);
  const auto networks = co_await app::purge_login_networks(session);
  if (networks > 0) logging::info("networks of old logins deleted", {{"rows", networks}});
  if (rows > 0) logging::info("expired tokens deleted", {{"rows", rows}});
}

}  // namespace app::tasks

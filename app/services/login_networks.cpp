#include "app/services/login_networks.hpp"

#include <utility>

#include "app/services/users.hpp"

namespace app {

namespace {

DateTime oldest_that_counts() {
  constexpr std::int64_t ninety_days_us = std::int64_t{90} * 86'400 * 1'000'000;
  auto oldest = DateTime::now();
  oldest.microseconds -= ninety_days_us;
  return oldest;
}

}  // namespace

Task<bool> has_logged_in_from(Session& session, std::string email, std::string network) {
  const auto user = co_await get_user_by_email(session, std::move(email));
  if (!user) co_return false;
  const auto found = co_await session.one_or_none(select<LoginNetwork>().where(
      col<&LoginNetwork::user_id> == *user->id && col<&LoginNetwork::network> == network &&
      col<&LoginNetwork::last_login_at> > oldest_that_counts()));
  co_return found.has_value();
}

Task<void> remember_network(Session& session, std::int32_t user_id, std::string network) {
  const auto now = DateTime::now();
  co_await session.execute(
      insert(LoginNetwork{.user_id = user_id, .network = network, .last_login_at = now})
          .on_conflict_do_update(col<&LoginNetwork::user_id>, col<&LoginNetwork::network>)
          .set(col<&LoginNetwork::last_login_at> = now));
}

Task<std::int64_t> purge_login_networks(Session& session) {
  const auto deleted = co_await session.execute(
      delete_from<LoginNetwork>().where(col<&LoginNetwork::last_login_at> <= oldest_that_counts()));
  co_return deleted.rowcount;
}

}  // namespace app

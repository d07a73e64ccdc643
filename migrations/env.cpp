#include "migrations/env.hpp"

#include "app/models/login_network.hpp"
#include "app/models/one_time_token.hpp"
#include "app/models/refresh_token.hpp"
#include "app/models/revoked_token.hpp"
#include "app/models/user.hpp"
#include "plinth/idempotency.hpp"
#include "plinth/task_tables.hpp"

namespace app::migrations {

// `app migrate revision -m "…"` adds a line to each of the two lists.
extern const Revision create_users_a9ec2e0b323b;
extern const Revision create_task_tables_c4a1d7e05b92;
extern const Revision add_roles_and_tokens_f0bedf17f500;
extern const Revision create_idempotency_keys_b3f1a6c27d45;
extern const Revision create_login_networks_d5e80b1f3c67;
extern const Revision one_user_an_address_e6f92c4a7d18;
// (declared)

std::span<const Revision> revisions() {
  // clang-format off: one a line
  static const Revision all[] = {
      create_users_a9ec2e0b323b,
      create_task_tables_c4a1d7e05b92,
      add_roles_and_tokens_f0bedf17f500,
      create_idempotency_keys_b3f1a6c27d45,
      create_login_networks_d5e80b1f3c67,
      one_user_an_address_e6f92c4a7d18,
      // (listed)
  };
  // clang-format on
  return all;
}

plinth::MetaData target_metadata() {
  return plinth::metadata_with_tasks<User, RefreshToken, RevokedToken, OneTimeToken, LoginNetwork,
                                     IdempotencyKey>();
}

}  // namespace app::migrations

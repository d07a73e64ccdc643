#include "migrations/env.hpp"

#include "app/models/user.hpp"

namespace app::migrations {

// `app migrate revision -m "…"` adds a line to each of the two lists.
extern const Revision create_users_a9ec2e0b323b;
// (declared)

std::span<const Revision> revisions() {
  static const Revision all[] = {
      create_users_a9ec2e0b323b,
      // (listed)
  };
  return all;
}

plinth::MetaData target_metadata() { return plinth::metadata<User>(); }

}  // namespace app::migrations

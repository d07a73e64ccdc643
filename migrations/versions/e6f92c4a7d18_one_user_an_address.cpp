// one user an address
//
// Revision ID: e6f92c4a7d18
// Revises: d5e80b1f3c67
// Create Date: 2026-11-26 15:20:31.268453
#include "migrations/env.hpp"

namespace app::migrations {

// A database that Alembic has made is at "create users" without this index; another has it. Of two
// addresses that differ in letter case alone one must go first: docs/operations.md says how.
static void upgrade(Operations& op) {
  op.execute("CREATE UNIQUE INDEX IF NOT EXISTS uq_users_email_lower ON users (lower(email))");
}

// The index is that of "create users", which drops it.
static void downgrade(Operations& /*op*/) {}

extern const Revision one_user_an_address_e6f92c4a7d18{
    .revision = "e6f92c4a7d18",
    .down_revision = "d5e80b1f3c67",
    .message = "one user an address",
    .create_date = "2026-11-26 15:20:31.268453",
    .upgrade = &upgrade,
    .downgrade = &downgrade,
    .lint = false,  // there already, or made in three seconds for a million users
};

}  // namespace app::migrations

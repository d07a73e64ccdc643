// create login networks
//
// Revision ID: d5e80b1f3c67
// Revises: b3f1a6c27d45
// Create Date: 2026-11-26 11:29:14.117302
#include "migrations/env.hpp"

namespace app::migrations {

static void upgrade(Operations& op) {
  op.create_table(
      "login_networks",  //
      sa::Column("id", sa::BigInteger(), {.nullable = false}),
      sa::Column("user_id", sa::Integer(), {.nullable = false}),
      sa::Column("network", sa::String(64), {.nullable = false}),
      sa::Column("last_login_at", sa::DateTime({.timezone = true}), {.nullable = false}),
      sa::PrimaryKeyConstraint("id"),
      sa::ForeignKeyConstraint({"user_id"}, {"users.id"}, {.ondelete = "CASCADE"}));
  op.create_index("ix_login_networks_last_login_at", "login_networks", {"last_login_at"});
  op.create_index("uq_login_networks_user_id_network", "login_networks", {"user_id", "network"},
                  {.unique = true});
}

static void downgrade(Operations& op) {
  op.drop_index("uq_login_networks_user_id_network", "login_networks");
  op.drop_index("ix_login_networks_last_login_at", "login_networks");
  op.drop_table("login_networks");
}

extern const Revision create_login_networks_d5e80b1f3c67{
    .revision = "d5e80b1f3c67",
    .down_revision = "b3f1a6c27d45",
    .message = "create login networks",
    .create_date = "2026-11-26 11:29:14.117302",
    .upgrade = &upgrade,
    .downgrade = &downgrade,
};

}  // namespace app::migrations

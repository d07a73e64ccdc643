// create users
//
// Revision ID: a9ec2e0b323b
// Revises:
// Create Date: 2026-11-22 14:56:54.105015
#include "migrations/env.hpp"

namespace app::migrations {

static void upgrade(Operations& op) {
  op.create_table("users",  //
                  sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("email", sa::String(320), {.nullable = false}),
                  sa::Column("hashed_password", sa::String(128), {.nullable = false}),
                  sa::Column("is_active", sa::Boolean(), {.nullable = false}),
                  sa::Column("created_at", sa::DateTime({.timezone = true}),
                             {.nullable = false, .server_default = "now()"}),
                  sa::PrimaryKeyConstraint("id"));
  op.create_index("ix_users_email", "users", {"email"}, {.unique = true});
  op.create_index("uq_users_email_lower", "users", {sa::text("lower(email)")}, {.unique = true});
}

static void downgrade(Operations& op) {
  op.drop_index("uq_users_email_lower");
  op.drop_index("ix_users_email");
  op.drop_table("users");
}

extern const Revision create_users_a9ec2e0b323b{
    .revision = "a9ec2e0b323b",
    .down_revision = "",
    .message = "create users",
    .create_date = "2026-11-22 14:56:54.105015",
    .upgrade = &upgrade,
    .downgrade = &downgrade,
};

}  // namespace app::migrations

// create idempotency keys
//
// Revision ID: b3f1a6c27d45
// Revises: f0bedf17f500
// Create Date: 2026-11-26 11:20:09.402518
#include "migrations/env.hpp"

namespace app::migrations {

static void upgrade(Operations& op) {
  op.create_table("plinth_idempotency_keys",  //
                  sa::Column("id", sa::String(64), {.nullable = false}),
                  sa::Column("fingerprint", sa::String(64), {.nullable = false}),
                  sa::Column("claim", sa::String(36), {.nullable = false}),
                  sa::Column("state", sa::Integer(), {.nullable = false}),
                  sa::Column("status", sa::Integer(), {.nullable = false}),
                  sa::Column("headers", sa::String()), sa::Column("body", sa::LargeBinary()),
                  sa::Column("locked_until_us", sa::BigInteger(), {.nullable = false}),
                  sa::Column("expires_us", sa::BigInteger(), {.nullable = false}),
                  sa::PrimaryKeyConstraint("id"));
  op.create_index("ix_plinth_idempotency_keys_expires_us", "plinth_idempotency_keys",
                  {"expires_us"});
}

static void downgrade(Operations& op) {
  op.drop_index("ix_plinth_idempotency_keys_expires_us", "plinth_idempotency_keys");
  op.drop_table("plinth_idempotency_keys");
}

extern const Revision create_idempotency_keys_b3f1a6c27d45{
    .revision = "b3f1a6c27d45",
    .down_revision = "f0bedf17f500",
    .message = "create idempotency keys",
    .create_date = "2026-11-26 11:20:09.402518",
    .upgrade = &upgrade,
    .downgrade = &downgrade,
};

}  // namespace app::migrations

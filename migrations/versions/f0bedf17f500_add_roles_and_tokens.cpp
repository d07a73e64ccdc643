// add roles and tokens
//
// Revision ID: f0bedf17f500
// Revises: c4a1d7e05b92
// Create Date: 2026-11-26 10:48:21.534337
#include "migrations/env.hpp"

namespace app::migrations {

static void upgrade(Operations& op) {
  // ### auto generated; please adjust ###
  op.create_table("refresh_tokens",  //
                  sa::Column("id", sa::BigInteger(), {.nullable = false}),
                  sa::Column("user_id", sa::Integer(), {.nullable = false}),
                  sa::Column("family", sa::String(36), {.nullable = false}),
                  sa::Column("token_hash", sa::String(64), {.nullable = false}),
                  sa::Column("scope", sa::String(1024), {.nullable = false}),
                  sa::Column("created_at", sa::DateTime({.timezone = true}),
                             {.nullable = false, .server_default = "now()"}),
                  sa::Column("expires_at", sa::DateTime({.timezone = true}), {.nullable = false}),
                  sa::Column("used_at", sa::DateTime({.timezone = true})),
                  sa::Column("revoked_at", sa::DateTime({.timezone = true})),
                  sa::PrimaryKeyConstraint("id"),
                  sa::ForeignKeyConstraint({"user_id"}, {"users.id"}, {.ondelete = "CASCADE"}));
  op.create_table("revoked_tokens",  //
                  sa::Column("jti", sa::String(64), {.nullable = false}),
                  sa::Column("expires_at", sa::DateTime({.timezone = true}), {.nullable = false}),
                  sa::PrimaryKeyConstraint("jti"));
  op.create_table("one_time_tokens",  //
                  sa::Column("id", sa::BigInteger(), {.nullable = false}),
                  sa::Column("user_id", sa::Integer(), {.nullable = false}),
                  sa::Column("purpose", sa::String(32), {.nullable = false}),
                  sa::Column("token_hash", sa::String(64), {.nullable = false}),
                  sa::Column("email", sa::String(320), {.nullable = false}),
                  sa::Column("created_at", sa::DateTime({.timezone = true}),
                             {.nullable = false, .server_default = "now()"}),
                  sa::Column("expires_at", sa::DateTime({.timezone = true}), {.nullable = false}),
                  sa::Column("used_at", sa::DateTime({.timezone = true})),
                  sa::PrimaryKeyConstraint("id"),
                  sa::ForeignKeyConstraint({"user_id"}, {"users.id"}, {.ondelete = "CASCADE"}));
  op.add_column(
      "users", sa::Column("role", sa::String(32), {.nullable = false, .server_default = "'user'"}));
  op.add_column("users", sa::Column("email_verified_at", sa::DateTime({.timezone = true})));
  op.add_column("users", sa::Column("tokens_valid_after", sa::DateTime({.timezone = true})));
  op.create_index("ix_refresh_tokens_user_id", "refresh_tokens", {"user_id"});
  op.create_index("ix_refresh_tokens_family", "refresh_tokens", {"family"});
  op.create_index("ix_refresh_tokens_token_hash", "refresh_tokens", {"token_hash"},
                  {.unique = true});
  op.create_index("ix_revoked_tokens_expires_at", "revoked_tokens", {"expires_at"});
  op.create_index("ix_one_time_tokens_user_id", "one_time_tokens", {"user_id"});
  op.create_index("ix_one_time_tokens_token_hash", "one_time_tokens", {"token_hash"},
                  {.unique = true});
  // ### end of what was auto generated ###
}

static void downgrade(Operations& op) {
  // ### auto generated; please adjust ###
  op.drop_index("ix_one_time_tokens_token_hash", "one_time_tokens");
  op.drop_index("ix_one_time_tokens_user_id", "one_time_tokens");
  op.drop_index("ix_revoked_tokens_expires_at", "revoked_tokens");
  op.drop_index("ix_refresh_tokens_token_hash", "refresh_tokens");
  op.drop_index("ix_refresh_tokens_family", "refresh_tokens");
  op.drop_index("ix_refresh_tokens_user_id", "refresh_tokens");
  op.batch_alter_table("users", [](auto& batch_op) {
    batch_op.drop_column("tokens_valid_after");
    batch_op.drop_column("email_verified_at");
    batch_op.drop_column("role");
  });
  op.drop_table("one_time_tokens");
  op.drop_table("revoked_tokens");
  op.drop_table("refresh_tokens");
  // ### end of what was auto generated ###
}

extern const Revision add_roles_and_tokens_f0bedf17f500{
    .revision = "f0bedf17f500",
    .down_revision = "c4a1d7e05b92",
    .message = "add roles and tokens",
    .create_date = "2026-11-26 10:48:21.534337",
    .upgrade = &upgrade,
    .downgrade = &downgrade,
};

}  // namespace app::migrations

// A history for the tests: the seed's users table, as Alembic's autogenerate wrote it, and two more
// steps.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "plinth/migrate.hpp"

namespace history {

using namespace plinth;

inline void create_users(Operations& op) {
  op.create_table("users",  //
                  sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("email", sa::String(320), {.nullable = false}),
                  sa::Column("hashed_password", sa::String(128), {.nullable = false}),
                  sa::Column("is_active", sa::Boolean(), {.nullable = false}),
                  sa::Column("created_at", sa::DateTime({.timezone = true}),
                             {.nullable = false, .server_default = "now()"}),
                  sa::PrimaryKeyConstraint("id"));
  op.create_index("ix_users_email", "users", {"email"}, {.unique = true});
}
inline void drop_users(Operations& op) {
  op.drop_index("ix_users_email");
  op.drop_table("users");
}

inline std::vector<Revision> revisions() {
  return {{.revision = "a9ec2e0b323b",
           .down_revision = "",
           .message = "create users",
           .create_date = "2026-11-22 14:56:54.105015",
           .upgrade = &create_users,
           .downgrade = &drop_users},
          {.revision = "bbbb22222222",
           .down_revision = "a9ec2e0b323b",
           .message = "add notes",
           .upgrade =
               [](Operations& op) {
                 op.add_column("users", sa::Column("note", sa::Text()));
                 op.execute("UPDATE users SET note = ''");
               },
           .downgrade = [](Operations& op) { op.drop_column("users", "note"); }},
          {.revision = "cccc33333333",
           .down_revision = "bbbb22222222",
           .message = "create teams",
           .upgrade =
               [](Operations& op) {
                 op.create_table(
                     "teams", sa::Column("id", sa::BigInteger(), {.nullable = false}),
                     sa::Column("owner", sa::Integer(), {.nullable = false}),
                     sa::ForeignKeyConstraint({"owner"}, {"users.id"}, {.ondelete = "CASCADE"}),
                     sa::PrimaryKeyConstraint("id"));
               },
           .downgrade = [](Operations& op) { op.drop_table("teams"); }}};
}

}  // namespace history

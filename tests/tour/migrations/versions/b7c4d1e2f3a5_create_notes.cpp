// create notes
//
// Revision ID: b7c4d1e2f3a5
// Revises: e6f92c4a7d18
// Create Date: 2026-11-27 09:00:00.000000
#include "migrations/env.hpp"

namespace app::migrations {

static void upgrade(Operations& op) {
  op.create_table("notes",  //
                  sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("text", sa::String(200), {.nullable = false}),
                  sa::PrimaryKeyConstraint("id"));
}

static void downgrade(Operations& op) { op.drop_table("notes"); }

extern const Revision create_notes_b7c4d1e2f3a5{
    .revision = "b7c4d1e2f3a5",
    .down_revision = "e6f92c4a7d18",
    .message = "create notes",
    .create_date = "2026-11-27 09:00:00.000000",
    .upgrade = &upgrade,
    .downgrade = &downgrade,
};

}  // namespace app::migrations

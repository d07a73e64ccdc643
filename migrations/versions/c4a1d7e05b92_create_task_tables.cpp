// create task tables
//
// Revision ID: c4a1d7e05b92
// Revises: a9ec2e0b323b
// Create Date: 2026-11-26 07:10:15.764706
#include "migrations/env.hpp"

namespace app::migrations {

static void upgrade(Operations& op) {
  op.create_table("plinth_tasks",  //
                  sa::Column("number", sa::BigInteger(), {.nullable = false}),
                  sa::Column("id", sa::String(255), {.nullable = false}),
                  sa::Column("queue", sa::String(255), {.nullable = false}),
                  sa::Column("priority", sa::Integer(), {.nullable = false}),
                  sa::Column("message", sa::String(), {.nullable = false}),
                  sa::Column("due_us", sa::BigInteger(), {.nullable = false}),
                  sa::Column("deliveries", sa::Integer(), {.nullable = false}),
                  sa::Column("tag", sa::String(64)), sa::Column("idempotency_key", sa::String(255)),
                  sa::Column("idempotency_seconds", sa::BigInteger(), {.nullable = false}),
                  sa::Column("created_at", sa::DateTime({.timezone = true}),
                             {.nullable = false, .server_default = "now()"}),
                  sa::Column("reason", sa::String()), sa::Column("died_us", sa::BigInteger()),
                  sa::PrimaryKeyConstraint("number"));
  op.create_table("plinth_task_results",  //
                  sa::Column("id", sa::String(255), {.nullable = false}),
                  sa::Column("meta", sa::String(), {.nullable = false}),
                  sa::Column("ready", sa::Boolean(), {.nullable = false}),
                  sa::Column("succeeded", sa::Boolean(), {.nullable = false}),
                  sa::Column("expires_us", sa::BigInteger(), {.nullable = false}),
                  sa::PrimaryKeyConstraint("id"));
  op.create_table("plinth_task_groups",  //
                  sa::Column("id", sa::String(255), {.nullable = false}),
                  sa::Column("meta", sa::String()), sa::Column("size", sa::BigInteger()),
                  sa::Column("expires_us", sa::BigInteger(), {.nullable = false}),
                  sa::PrimaryKeyConstraint("id"));
  op.create_table("plinth_task_group_parts",  //
                  sa::Column("group_id", sa::String(255), {.nullable = false}),
                  sa::Column("position", sa::BigInteger(), {.nullable = false}),
                  sa::Column("part", sa::String(), {.nullable = false}),
                  sa::Column("expires_us", sa::BigInteger(), {.nullable = false}),
                  sa::PrimaryKeyConstraint("group_id", "position"));
  op.create_table("plinth_task_keys",  //
                  sa::Column("idempotency_key", sa::String(255), {.nullable = false}),
                  sa::Column("task_id", sa::String(255), {.nullable = false}),
                  sa::Column("claim", sa::String(32), {.nullable = false}),
                  sa::Column("expires_us", sa::BigInteger(), {.nullable = false}),
                  sa::PrimaryKeyConstraint("idempotency_key"));
  op.create_table("plinth_inbox",  //
                  sa::Column("id", sa::String(255), {.nullable = false}),
                  sa::Column("result", sa::String(), {.nullable = false}),
                  sa::Column("done_us", sa::BigInteger(), {.nullable = false}),
                  sa::PrimaryKeyConstraint("id"));
  op.create_table("plinth_beat",  //
                  sa::Column("name", sa::String(255), {.nullable = false}),
                  sa::Column("last_run_us", sa::BigInteger(), {.nullable = false}),
                  sa::Column("total_run_count", sa::BigInteger(), {.nullable = false}),
                  sa::PrimaryKeyConstraint("name"));
  op.create_index("ix_plinth_tasks_id", "plinth_tasks", {"id"});
  op.create_index("ix_plinth_tasks_ready", "plinth_tasks", {"queue", "priority", "number"},
                  {.where = "due_us = 0"});
  op.create_index("ix_plinth_tasks_due_us", "plinth_tasks", {"due_us"}, {.where = "due_us <> 0"});
  op.create_index("ix_plinth_task_results_expires_us", "plinth_task_results", {"expires_us"});
  op.create_index("ix_plinth_task_groups_expires_us", "plinth_task_groups", {"expires_us"});
  op.create_index("ix_plinth_task_group_parts_expires_us", "plinth_task_group_parts",
                  {"expires_us"});
  op.create_index("ix_plinth_task_keys_expires_us", "plinth_task_keys", {"expires_us"});
  op.create_index("ix_plinth_inbox_done_us", "plinth_inbox", {"done_us"});
}

static void downgrade(Operations& op) {
  op.drop_index("ix_plinth_inbox_done_us", "plinth_inbox");
  op.drop_index("ix_plinth_task_keys_expires_us", "plinth_task_keys");
  op.drop_index("ix_plinth_task_group_parts_expires_us", "plinth_task_group_parts");
  op.drop_index("ix_plinth_task_groups_expires_us", "plinth_task_groups");
  op.drop_index("ix_plinth_task_results_expires_us", "plinth_task_results");
  op.drop_index("ix_plinth_tasks_due_us", "plinth_tasks");
  op.drop_index("ix_plinth_tasks_ready", "plinth_tasks");
  op.drop_index("ix_plinth_tasks_id", "plinth_tasks");
  op.drop_table("plinth_beat");
  op.drop_table("plinth_inbox");
  op.drop_table("plinth_task_keys");
  op.drop_table("plinth_task_group_parts");
  op.drop_table("plinth_task_groups");
  op.drop_table("plinth_task_results");
  op.drop_table("plinth_tasks");
}

extern const Revision create_task_tables_c4a1d7e05b92{
    .revision = "c4a1d7e05b92",
    .down_revision = "a9ec2e0b323b",
    .message = "create task tables",
    .create_date = "2026-11-26 07:10:15.764706",
    .upgrade = &upgrade,
    .downgrade = &downgrade,
};

}  // namespace app::migrations

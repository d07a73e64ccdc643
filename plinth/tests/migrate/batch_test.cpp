// Tables altered in place on PostgreSQL and made anew on SQLite: the rows, and all around them,
// must be what they would be either way.
#include <doctest/doctest.h>

#include "migrate/setup.hpp"

using namespace plinth;
using setup::Database;
using setup::Lines;
using setup::step;
using support::by_engine;
using support::on_postgresql;

namespace {

void make(Operations& op) {
  op.create_table("teams", sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("name", sa::String(20)), sa::Column("size", sa::Integer()),
                  sa::PrimaryKeyConstraint("id"), sa::UniqueConstraint("name"),
                  sa::CheckConstraint("size > 0"));
  op.create_table("players", sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("team", sa::Integer()), sa::PrimaryKeyConstraint("id"),
                  sa::ForeignKeyConstraint({"team"}, {"teams.id"}, {.ondelete = "CASCADE"}));
  op.create_index("ix_teams_size", "teams", {"size"});
  op.create_index("ix_teams_name", "teams", {sa::text("lower(name)")}, {.where = "size > 1"});
  op.bulk_insert("teams", {"id", "name", "size"}, {{1, "red", 5}, {2, "blue", nullptr}});
  op.bulk_insert("players", {"id", "team"}, {{10, 1}, {11, 2}, {12, nullptr}});
}

Database with(void (*upgrade)(Operations&)) {
  return Database{
      .revisions = {step("aaaa1111", "", &make), step("bbbb2222", "aaaa1111", upgrade)}};
}

Lines players(const Database& database) {
  return database.column("SELECT CAST(id AS VARCHAR) FROM players ORDER BY id");
}

Lines indexes(const Database& database) {
  return database.column(
      by_engine("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND "
                "tbl_name = 'teams' ORDER BY name",
                "SELECT indexname::text FROM pg_indexes WHERE tablename = 'teams' AND indexname "
                "LIKE 'ix%' ORDER BY 1"));
}

}  // namespace

TEST_CASE("a batch keeps rows, indexes, and the rows of tables that refer to the table") {
  auto database = with([](Operations& op) {
    op.batch_alter_table("teams", [](BatchOperations& batch_op) {
      batch_op.alter_column("name", {.type = sa::String(40), .nullable = false});
      batch_op.alter_column("size", {.new_column_name = "members", .server_default = "1"});
      batch_op.add_column(
          sa::Column("since", sa::DateTime(), {.nullable = false, .server_default = "now()"}));
      batch_op.create_unique_constraint("uq_teams_members", {"members"});
      batch_op.create_check_constraint("ck_teams_members", "members < 100");
      batch_op.create_index("ix_teams_members_name", {"members", "name"});
    });
  });
  const auto done = database.run({"upgrade", "head"});
  CAPTURE(done.log);
  REQUIRE(done.code == 0);
  CHECK(database.column("SELECT name FROM teams WHERE since IS NOT NULL ORDER BY id") ==
        Lines{"red", "blue"});
  CHECK(players(database) == Lines{"10", "11", "12"});
  CHECK(indexes(database) == Lines{"ix_teams_members_name", "ix_teams_name", "ix_teams_size"});
  // The foreign key still holds, and acts.
  database.execute({"DELETE FROM teams WHERE id = 1"});
  CHECK(players(database) == Lines{"11", "12"});
  CHECK_THROWS_AS(database.execute({"INSERT INTO players (id, team) VALUES (13, 99)"}),
                  IntegrityError);
  CHECK_THROWS_AS(database.execute({"INSERT INTO teams (id, name, members) VALUES (3, 'x', 100)"}),
                  IntegrityError);
  CHECK_THROWS_AS(database.execute({"INSERT INTO teams (id, name, members) VALUES (3, NULL, 2)"}),
                  IntegrityError);
  CHECK_THROWS_AS(database.execute({"INSERT INTO teams (id, name, members) VALUES (3, 'x', -1)"}),
                  IntegrityError);  // the old check, by its new column
}

TEST_CASE("an alteration outside of a batch is a batch of its own") {
  auto database = with([](Operations& op) {
    op.alter_column("teams", "name", {.nullable = false});
    op.drop_constraint("teams_name_key", "teams");
    op.drop_column("teams", "size");
    op.create_foreign_key("fk_teams_id", "players", "teams", {"id"}, {"id"},
                          {.postgresql_not_valid = true});
    op.execute("DELETE FROM players");
    op.drop_constraint("players_team_fkey", "players");
    op.create_primary_key("pk", "teams", {"id", "name"});
  });
  // The key of teams cannot change while others refer to its id.
  CHECK(database.run({"upgrade", "head"}).code == 1);
  database.revisions[1].upgrade = [](Operations& op) {
    op.alter_column("teams", "name", {.nullable = false});
    op.drop_constraint("teams_name_key", "teams");
    op.drop_column("teams", "size");
  };
  REQUIRE(database.run({"upgrade", "head"}).code == 0);
  database.execute({"INSERT INTO teams (id, name) VALUES (3, 'red')"});  // no longer unique
  CHECK(indexes(database).empty());
  CHECK(players(database) == Lines{"10", "11", "12"});
  CHECK_THROWS_AS(database.execute({"INSERT INTO teams (id, name) VALUES (4, NULL)"}),
                  IntegrityError);
}

TEST_CASE("a batch that rows forbid changes nothing") {
  auto database = with([](Operations& op) {
    op.execute("UPDATE teams SET name = 'green' WHERE id = 1");
    op.alter_column("teams", "size", {.nullable = false});  // blue has none
  });
  const auto failed = database.run({"upgrade", "head"});
  CHECK(failed.code == 1);
  CHECK(failed.log.find("Revision bbbb2222 (bbbb2222) was undone as a whole: ") !=
        std::string::npos);
  CHECK(database.column("SELECT name FROM teams ORDER BY id") == Lines{"red", "blue"});
  CHECK(indexes(database) == Lines{"ix_teams_name", "ix_teams_size"});
  CHECK(database.run({"current"}).out == "aaaa1111\n");
}

TEST_CASE("rows that a new table would leave without their target are refused") {
  if (on_postgresql()) return;  // it acts on foreign keys at once
  auto database = with([](Operations& op) {
    op.alter_column("teams", "name", {.type = sa::Text()});
    op.execute("DELETE FROM teams WHERE id = 2");
  });
  const auto failed = database.run({"upgrade", "head"});
  CHECK(failed.code == 1);
  CHECK(failed.log.find("FOREIGN KEY constraint failed: row 11 of players refers to no row of "
                        "teams") != std::string::npos);
  CHECK(database.column("SELECT name FROM teams ORDER BY id") == Lines{"red", "blue"});
  // The connection of a migration is not left without foreign keys.
  CHECK_THROWS_AS(database.execute({"INSERT INTO players (id, team) VALUES (13, 99)"}),
                  IntegrityError);
}

TEST_CASE("views, triggers and the last number of a table made anew stay") {
  if (on_postgresql()) return;
  auto database = with([](Operations& op) {
    op.batch_alter_table("log", [](BatchOperations& batch_op) {
      batch_op.alter_column("line", {.type = sa::String(99), .server_default = "'-'"});
      batch_op.alter_column("line", {.new_column_name = "entry"});
    });
  });
  REQUIRE(database.run({"upgrade", "aaaa1111"}).code == 0);
  database.execute(
      {"CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT COLLATE NOCASE, "
       "\"double\" INTEGER AS (id * 2))",
       "INSERT INTO log (line) VALUES ('a'), ('b'), ('c')", "DELETE FROM log WHERE id = 3",
       "CREATE VIEW lines AS SELECT line FROM log", "CREATE VIEW above AS SELECT * FROM lines",
       "CREATE TRIGGER watch AFTER INSERT ON teams BEGIN INSERT INTO log (line) VALUES (new.name); "
       "END"});
  const auto done = database.run({"upgrade", "head"});
  CAPTURE(done.log);
  REQUIRE(done.code == 0);
  database.execute({"INSERT INTO teams (id, name) VALUES (7, 'D')"});
  CHECK(database.column("SELECT * FROM above") == Lines{"a", "b", "D"});
  CHECK(database.column("SELECT id || ' ' || \"double\" FROM log WHERE entry = 'd'") ==
        Lines{"4 8"});
}

TEST_CASE("a table, a column or a constraint that is not there is named") {
  struct Row {
    void (*upgrade)(Operations&);
    const char* on_sqlite;
    const char* on_a_postgresql;
  };
  const Row rows[] = {
      {[](Operations& op) { op.alter_column("nowhere", "a", {.nullable = false}); },
       "There is no table nowhere to alter", "relation \"nowhere\" does not exist"},
      {[](Operations& op) { op.drop_column("teams", "age"); }, "The table teams has no column age",
       "column \"age\" of relation \"teams\" does not exist"},
      {[](Operations& op) { op.drop_constraint("ck", "teams"); },
       "The table teams has no constraint ck; it has teams_pkey, teams_name_key, teams_size_check",
       "constraint \"ck\" of relation \"teams\" does not exist"}};
  for (const auto& row : rows) {
    auto database = with(row.upgrade);
    const auto failed = database.run({"upgrade", "head"});
    CHECK(failed.code == 1);
    CAPTURE(failed.log);
    CHECK(failed.log.find(by_engine(row.on_sqlite, row.on_a_postgresql)) != std::string::npos);
  }
}

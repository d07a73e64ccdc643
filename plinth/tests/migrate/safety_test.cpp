// What is refused before anything is run, and what keeps two migrations apart.
#include <doctest/doctest.h>

#include "migrate/plan.hpp"
#include "migrate/setup.hpp"

using namespace plinth;
using setup::Database;
using setup::Lines;
using setup::step;
using support::by_engine;

namespace {

void make_users(Operations& op) {
  op.create_table("users", sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("email", sa::Text()), sa::PrimaryKeyConstraint("id"));
}

std::string refusal(db::Dialect dialect, void (*upgrade)(Operations&), bool transactional = true) {
  std::vector<Revision> revisions{step("aaaa", "", upgrade)};
  revisions[0].transactional = transactional;
  const migrate::History history(revisions);
  try {
    migrate::make_plan(history, {0}, migrate::Direction::up, dialect);
  } catch (const migrate::CommandError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("what cannot run inside of a transaction must say so") {
  const auto postgresql = db::Dialect::postgresql;
  void (*const concurrently)(Operations&) = [](Operations& op) {
    op.create_index("ix", "t", {"a"}, {.postgresql_concurrently = true});
  };
  CHECK(refusal(postgresql, concurrently) ==
        "Revision aaaa: CREATE INDEX CONCURRENTLY cannot run inside of a transaction; put it into "
        "a revision of its own with .transactional = false; nothing was run");
  CHECK(refusal(postgresql, concurrently, false) == "accepted");
  CHECK(refusal(db::Dialect::sqlite, concurrently) == "accepted");
  CHECK(refusal(postgresql, [](Operations& op) { op.execute("/* tidy */ vacuum users"); }) ==
        "Revision aaaa: VACUUM cannot run inside of a transaction; put it into a revision of its "
        "own with .transactional = false; nothing was run");
  CHECK(refusal(
            db::Dialect::sqlite, [](Operations& op) { op.execute("VACUUM"); }, false) ==
        "Revision aaaa: VACUUM cannot run inside of a transaction; run it by hand, when nothing "
        "else writes; nothing was run");
  CHECK(refusal(postgresql, [](Operations& op) {
          op.execute("COMMENT ON TABLE t IS 'VACUUM; CONCURRENTLY'");
        }) == "accepted");
}

TEST_CASE("an enum value is not used in the transaction that adds it") {
  void (*const used)(Operations&) = [](Operations& op) {
    op.add_enum_value("mood", "glad");
    op.execute("UPDATE users SET mood = 'glad'");
  };
  CHECK(refusal(db::Dialect::postgresql, used) ==
        "Revision aaaa: the enum value 'glad' is used in the transaction that adds it, which "
        "PostgreSQL refuses; use it in the next revision; nothing was run");
  CHECK(refusal(db::Dialect::postgresql, used, false) == "accepted");
  CHECK(refusal(db::Dialect::sqlite, used) == "accepted");
}

TEST_CASE("execute takes one statement, and none that ends the transaction") {
  CHECK(refusal(db::Dialect::postgresql, [](Operations& op) { op.execute("commit"); }) ==
        "Revision aaaa: execute(\"commit\") would end or begin a transaction behind the back of "
        "the migration; for statements outside of one say .transactional = false; nothing was run");
  CHECK(refusal(db::Dialect::sqlite, [](Operations& op) {
          op.execute("DELETE FROM a; SELECT 1");
        }).starts_with("Revision aaaa: execute() takes one statement; call it for each"));
  CHECK(refusal(db::Dialect::sqlite, [](Operations& op) {
          op.execute(" -- nothing");
        }).starts_with("Revision aaaa: execute() was given no SQL"));
  for (const char* sql : {"SELECT ';' -- ;", "DELETE FROM a;",
                          "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END",
                          "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$"}) {
    static const char* current;
    current = sql;
    CAPTURE(sql);
    CHECK(refusal(db::Dialect::postgresql, [](Operations& op) { op.execute(current); }) ==
          "accepted");
  }
}

TEST_CASE("a revision without the function is refused before any other is run") {
  Database database;
  database.revisions = {step("aaaa", "", &make_users), step("bbbb", "aaaa", nullptr)};
  const auto failed = database.run({"upgrade", "head"});
  CHECK(failed.code == 255);
  CHECK(failed.out == "FAILED: Revision bbbb has no upgrade function; nothing was run\n");
  CHECK(database.run({"current"}).out.empty());
}

TEST_CASE("an applied revision that was edited is refused, until the database says otherwise") {
  Database database;
  database.revisions = {
      step("aaaa", "", &make_users, [](Operations& op) { op.drop_table("users"); })};
  REQUIRE(database.run({"upgrade", "head"}).code == 0);
  CHECK(database.column("SELECT revision FROM plinth_migrations") == Lines{"aaaa"});
  database.revisions[0].upgrade = [](Operations& op) {
    make_users(op);
    op.add_column("users", sa::Column("age", sa::Integer()));
  };
  database.revisions.push_back(step("bbbb", "aaaa", [](Operations&) {}));
  const auto failed = database.run({"upgrade", "head"});
  CHECK(failed.code == 255);
  CHECK(failed.out.starts_with("FAILED: Revision aaaa (aaaa) was applied on 20"));
  CHECK(failed.out.ends_with(
      " UTC and has been edited since; restore it and put the change into a new revision, or, "
      "where it was never deployed, downgrade below it and upgrade again, or, if the database is "
      "as it should be, say so: stamp <the current revision>\n"));
  CHECK(database.run({"current"}).out == "aaaa\n");

  CHECK(database.run({"stamp", "aaaa"}).code == 0);
  CHECK(database.run({"upgrade", "head"}).code == 0);
  CHECK(database.run({"downgrade", "base"}).code == 0);
  CHECK(database.run({"upgrade", "head"}).code == 0);
}

TEST_CASE("a change of words is no change of a revision, and base forgets all") {
  Database database;
  database.revisions = {
      step("aaaa", "", &make_users, [](Operations& op) { op.drop_table("users"); })};
  REQUIRE(database.run({"upgrade", "head"}).code == 0);
  database.revisions[0].message = "another message";
  CHECK(database.run({"upgrade", "head"}).code == 0);
  CHECK(database.run({"downgrade", "base"}).code == 0);
  CHECK(database
            .column(by_engine("SELECT name FROM sqlite_master WHERE type = 'view'",
                              "SELECT viewname::text FROM pg_views WHERE schemaname = "
                              "'public'"))
            .empty());
}

// A change here means that plinth writes the same operations as other SQL: then the format in
// plan.cpp needs its next number, so that databases are not told that revisions were edited.
TEST_CASE("the checksum of a revision stays what it is") {
  auto checksum = [](db::Dialect dialect) {
    Operations op(dialect);
    make_users(op);
    op.create_index("ix", "users", {"email", sa::text("lower(email)")}, {.unique = true});
    op.batch_alter_table("users", [](BatchOperations& batch_op) {
      batch_op.alter_column("email", {.type = sa::String(99), .nullable = false});
      batch_op.create_check_constraint("ck", "id > 0");
      batch_op.create_foreign_key("fk", "users", {"id"}, {"id"}, {.ondelete = "CASCADE"});
    });
    op.create_enum("mood", {"sad", "glad"});
    op.bulk_insert("users", {"id", "email"}, {{1, "x"}, {2, nullptr}});
    op.execute("SELECT 1");
    return migrate::checksum_of(op.recorded(), dialect);
  };
  CHECK(checksum(db::Dialect::sqlite) == "1-80cd07053b4ee620");
  CHECK(checksum(db::Dialect::postgresql) == "1-987b98af9f6874c2");
}

TEST_CASE("ensure_version makes the version table and nothing else") {
  Database database;
  CHECK(database.run({"ensure_version"}).code == 0);
  CHECK(database.run({"ensure_version"}).code == 0);
  CHECK(database.column("SELECT version_num FROM alembic_version").empty());
  CHECK(database.run({"ensure_version", "--sql"}).out ==
        "CREATE TABLE alembic_version (\n\tversion_num VARCHAR(32) NOT NULL, \n\tCONSTRAINT "
        "alembic_version_pkc PRIMARY KEY (version_num)\n);\n\n");
}

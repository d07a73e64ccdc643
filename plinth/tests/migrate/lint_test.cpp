#include "migrate/lint.hpp"

#include <doctest/doctest.h>

#include "migrate/setup.hpp"

using namespace plinth;
using setup::Lines;
using setup::step;

namespace {

// Of one revision, on tables that were there before it.
Lines lint(void (*upgrade)(Operations&)) {
  const std::vector<Revision> revisions{step("aaaa", "", upgrade)};
  const migrate::History history(revisions);
  Lines found;
  for (const auto& finding : migrate::lint(history, {0})) found.push_back(finding.text);
  return found;
}

// The beginning of the only finding.
std::string only(void (*upgrade)(Operations&), std::size_t length) {
  const auto found = lint(upgrade);
  if (found.size() != 1) return std::to_string(found.size()) + " findings";
  return found[0].substr(0, length);
}

}  // namespace

TEST_CASE("lint names what a large table would feel, and the safer way") {
  CHECK(lint([](Operations& op) { op.create_index("ix", "t", {"a"}); }) ==
        Lines{"create_index(ix) stops all writes to t while it is built; say "
              "{.postgresql_concurrently = true} in a revision of its own with .transactional = "
              "false"});
  CHECK(lint([](Operations& op) { op.alter_column("t", "a", {.nullable = false}); }) ==
        Lines{"NOT NULL for t.a reads the whole table under a lock that stops everything; "
              "create_check_constraint(\"a IS NOT NULL\", {.postgresql_not_valid = true}), then "
              "validate_constraint in the next revision, then this, which then reads nothing"});
  CHECK(lint([](Operations& op) { op.create_foreign_key("fk", "t", "u", {"a"}, {"id"}); }) ==
        Lines{"create_foreign_key(fk) reads the whole of t while writes to both tables wait; "
              "say {.postgresql_not_valid = true}, and validate_constraint in the next "
              "revision"});
}

TEST_CASE("lint knows each kind of trouble") {
  struct Row {
    const char* begins;
    void (*upgrade)(Operations&);
  };
  const Row rows[] = {
      {"add_column(t.a) is NOT NULL without a server_default",
       [](Operations& op) {
         op.add_column("t", sa::Column("a", sa::Integer(), {.nullable = false}));
       }},
      {"add_column(t.a) rewrites the table",
       [](Operations& op) {
         op.add_column("t", sa::Column("a", sa::Uuid(), {.server_default = "gen_random_uuid()"}));
       }},
      {"a new type for t.a rewrites the table",
       [](Operations& op) { op.alter_column("t", "a", {.type = sa::BigInteger()}); }},
      {"create_check_constraint(ck) reads the whole of t",
       [](Operations& op) { op.create_check_constraint("ck", "t", "a > 0"); }},
      {"create_unique_constraint(uq) builds its index on t",
       [](Operations& op) { op.create_unique_constraint("uq", "t", {"a"}); }},
      {"create_primary_key(pk) builds its index on t",
       [](Operations& op) { op.create_primary_key("pk", "t", {"a"}); }},
      {"drop_column(t.a) breaks the program that still runs",
       [](Operations& op) { op.drop_column("t", "a"); }},
      {"renaming t.a breaks the program that still runs",
       [](Operations& op) { op.rename_column("t", "a", "b"); }},
      {"rename_table(t) breaks the program that still runs",
       [](Operations& op) { op.rename_table("t", "u"); }},
      {"drop_table(t) breaks the program that still runs",
       [](Operations& op) { op.drop_table("t"); }},
      {"execute(\"create unique index ix on t (a)\") stops all writes",
       [](Operations& op) { op.execute("create unique index ix on t (a)"); }},
      {"execute(\"ALTER TABLE t ALTER a SET NOT NULL\") reads the whole table",
       [](Operations& op) { op.execute("ALTER TABLE t ALTER a SET NOT NULL"); }},
      {"execute(\"UPDATE t SET a = 1\") locks every row",
       [](Operations& op) { op.execute("UPDATE t SET a = 1"); }},
  };
  for (const auto& row : rows) {
    CHECK(only(row.upgrade, std::string(row.begins).size()) == row.begins);
  }
}

TEST_CASE("lint is silent about the safer way") {
  for (void (*upgrade)(Operations&) : std::initializer_list<void (*)(Operations&)>{
           [](Operations& op) {
             op.create_index("ix", "t", {"a"}, {.postgresql_concurrently = true});
           },
           [](Operations& op) {
             op.add_column("t", sa::Column("a", sa::DateTime(), {.server_default = "now()"}));
             op.add_column(
                 "t", sa::Column("b", sa::Integer(), {.nullable = false, .server_default = "0"}));
           },
           [](Operations& op) {
             op.alter_column("t", "a", {.type = sa::Text(), .existing_type = sa::String(20)});
             op.alter_column("t", "b", {.type = sa::String(40), .existing_type = sa::String(20)});
           },
           [](Operations& op) {
             op.create_check_constraint("ck", "t", "a > 0", {.postgresql_not_valid = true});
             op.create_foreign_key("fk", "t", "u", {"a"}, {"id"}, {.postgresql_not_valid = true});
             op.create_unique_constraint("uq", "t", {"a"}, {.postgresql_using_index = "ix"});
           },
           [](Operations& op) { op.execute("UPDATE t SET a = 1 WHERE id < 1000"); }}) {
    CHECK(lint(upgrade).empty());
  }
}

TEST_CASE("a table that the revision makes is empty, and may be treated as it likes") {
  CHECK(lint([](Operations& op) {
          op.create_table("t", sa::Column("a", sa::Integer()));
          op.create_index("ix", "t", {"a"});
          op.alter_column("t", "a", {.type = sa::Text(), .nullable = false});
          op.execute("UPDATE t SET a = 1");
        }).empty());
}

TEST_CASE("NOT NULL that a validated check of an earlier revision proves is no trouble") {
  const std::vector<Revision> revisions{
      step("aaaa", "",
           [](Operations& op) {
             op.create_check_constraint("ck", "t", "a IS NOT NULL", {.postgresql_not_valid = true});
           }),
      step("bbbb", "aaaa", [](Operations& op) { op.validate_constraint("ck", "t"); }),
      step("cccc", "bbbb", [](Operations& op) {
        op.alter_column("t", "a", {.nullable = false});
        op.drop_constraint("ck", "t");
      })};
  CHECK(migrate::lint(migrate::History(revisions), {0, 1, 2}).empty());
  const std::vector<Revision> hasty{revisions[0], step("cccc", "aaaa", [](Operations& op) {
                                      op.alter_column("t", "a", {.nullable = false});
                                    })};
  CHECK(migrate::lint(migrate::History(hasty), {0, 1}).size() == 1);
}

TEST_CASE(
    "migrate lint prints what it finds and fails; a revision may say that it does not matter") {
  setup::Database database;
  database.revisions = {step("aaaa", "", [](Operations& op) { op.drop_table("t"); }),
                        step("bbbb", "aaaa", [](Operations& op) { op.drop_table("u"); })};
  const auto found = database.run({"lint"});
  CHECK(found.code == 255);
  CHECK(found.out.starts_with("aaaa: drop_table(t) breaks"));
  CHECK(found.out.find("\nbbbb: drop_table(u) breaks") != std::string::npos);
  CHECK(found.out.find("\nFAILED: lint found 2 operations that a large table in use would feel") !=
        std::string::npos);
  CHECK(database.run({"lint", "-r", "aaaa:head"}).out.starts_with("bbbb: "));
  database.revisions[1].lint = false;
  CHECK(database.run({"lint", "-r", "aaaa:head"}).code == 0);
}

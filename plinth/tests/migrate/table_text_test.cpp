#include "migrate/table_text.hpp"

#include <doctest/doctest.h>

#include "migrate/history.hpp"

using namespace plinth;
using migrate::TableText;

namespace {

const char* const people = R"(CREATE TABLE IF NOT EXISTS "people" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key, not (yet) more
  "First Name" VARCHAR(20) COLLATE NOCASE DEFAULT 'a, b' NOT NULL,
  boss int CONSTRAINT fk_boss REFERENCES people (id) ON DELETE SET NULL,
  team INTEGER REFERENCES teams ON UPDATE SET DEFAULT,
  total NUMERIC(10, 2) GENERATED ALWAYS AS (price * (1 + vat)) STORED,
  note UNIQUE,
  CONSTRAINT positive CHECK (boss > 0 /* or none */),
  CHECK (team <> boss),
  UNIQUE (team, boss),
  FOREIGN KEY (team) REFERENCES squads (id)
) STRICT)";

template <class... Change>
std::string changed(Change... change) {
  TableText text("people", people);
  (text.apply(migrate::Change(std::move(change))), ...);
  return text.sql("people");
}

std::string line_of(const std::string& sql, const std::string& word) {
  const auto at = sql.find("\n\t" + word);
  if (at == std::string::npos) return "none";
  return sql.substr(at + 2, sql.find('\n', at + 2) - at - 2);
}

}  // namespace

TEST_CASE("a table that is not changed keeps all but its comments") {
  CHECK(changed() ==
        "CREATE TABLE people (\n"
        "\tid INTEGER PRIMARY KEY AUTOINCREMENT, \n"
        "\t\"First Name\" VARCHAR(20) COLLATE NOCASE DEFAULT 'a, b' NOT NULL, \n"
        "\tboss int CONSTRAINT fk_boss REFERENCES people (id) ON DELETE SET NULL, \n"
        "\tteam INTEGER REFERENCES teams ON UPDATE SET DEFAULT, \n"
        "\ttotal NUMERIC(10, 2) GENERATED ALWAYS AS (price * (1 + vat)) STORED, \n"
        "\tnote UNIQUE, \n"
        "\tCONSTRAINT positive CHECK (boss > 0 ), \n"
        "\tCHECK (team <> boss), \n"
        "\tUNIQUE (team, boss), \n"
        "\tFOREIGN KEY (team) REFERENCES squads (id)\n"
        ") STRICT");
  CHECK(TableText("people", people).copied() ==
        std::vector<std::string>{"id", "First Name", "boss", "team", "note"});
}

TEST_CASE("a column changes its type, default and nullability, and keeps the rest") {
  CHECK(line_of(changed(migrate::AlterColumn{
                    "people",
                    "first name",
                    {.type = sa::Text(), .nullable = true, .server_default = "now()"}}),
                "\"First Name\"") ==
        "\"First Name\" TEXT COLLATE NOCASE DEFAULT "
        "(CURRENT_TIMESTAMP), ");
  CHECK(line_of(changed(migrate::AlterColumn{"people", "boss", {.nullable = false}}), "boss") ==
        "boss int CONSTRAINT fk_boss REFERENCES people (id) ON DELETE SET NULL NOT NULL, ");
  CHECK(line_of(changed(migrate::AlterColumn{"people", "First Name", {.server_default = ""}}),
                "\"First Name\"") == "\"First Name\" VARCHAR(20) COLLATE NOCASE NOT NULL, ");
}

TEST_CASE("a column comes after the others, and goes with what is about it") {
  CHECK(line_of(changed(migrate::AddColumn{"people",
                                           sa::Column("age", sa::Integer(), {.nullable = false})}),
                "age") == "age INTEGER NOT NULL, ");
  const auto without = changed(migrate::DropColumn{"people", "team"});
  CHECK(line_of(without, "team") == "none");
  CHECK(line_of(without, "CHECK") == "none");
  CHECK(line_of(without, "UNIQUE") == "none");
  CHECK(line_of(without, "FOREIGN") == "none");
  CHECK(line_of(without, "CONSTRAINT") == "CONSTRAINT positive CHECK (boss > 0 )");
}

TEST_CASE("a constraint is dropped by its name, or by the one that PostgreSQL would give it") {
  auto drop = [](const char* name) { return changed(migrate::DropConstraint{"people", name}); };
  CHECK(line_of(drop("positive"), "CONSTRAINT") == "none");
  CHECK(line_of(drop("fk_boss"), "boss") == "boss int, ");
  CHECK(line_of(drop("people_pkey"), "id") == "id INTEGER, ");
  CHECK(line_of(drop("people_note_key"), "note") == "note, ");
  CHECK(line_of(drop("people_team_boss_key"), "UNIQUE") == "none");
  CHECK(line_of(drop("people_check"), "CHECK") == "none");
  CHECK(line_of(drop("people_team_fkey"), "FOREIGN") == "none");
  CHECK_THROWS_WITH_AS(
      drop("nothing"),
      "The table people has no constraint nothing; it has positive, people_check, "
      "people_team_boss_key, people_team_fkey, people_pkey, fk_boss, people_team_fkey, "
      "people_note_key",
      migrate::CommandError);
}

TEST_CASE("a constraint is added at the end; a primary key takes the place of the old one") {
  CHECK(changed(migrate::AddConstraint{"people", sa::CheckConstraint("id > 0", "ck")})
            .ends_with("\n\tCONSTRAINT ck CHECK (id > 0)\n) STRICT"));
  const auto key = changed(
      migrate::AddConstraint{"people", sa::PrimaryKeyConstraint("boss", "team").named("pk")});
  CHECK(line_of(key, "id") == "id INTEGER, ");
  CHECK(key.ends_with("\n\tCONSTRAINT pk PRIMARY KEY (boss, team)\n) STRICT"));
}

TEST_CASE("what is not there, or there already, is refused by name") {
  CHECK_THROWS_WITH_AS(changed(migrate::DropColumn{"people", "age"}),
                       "The table people has no column age", migrate::CommandError);
  CHECK_THROWS_WITH_AS(changed(migrate::AddColumn{"people", sa::Column("NOTE", sa::Text())}),
                       "The table people has a column NOTE already", migrate::CommandError);
  CHECK_THROWS_WITH_AS(
      changed(migrate::AddConstraint{"people", sa::UniqueConstraint("age").named("uq")}),
      "The table people has no column age", migrate::CommandError);
  CHECK_THROWS_AS(TableText("v", "CREATE VIRTUAL TABLE v USING fts5(a)"), migrate::CommandError);
}

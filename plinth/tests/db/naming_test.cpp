// Constraints of models: their names, and keys of several columns.
#include <doctest/doctest.h>

#include "db/naming.hpp"
#include "plinth/session.hpp"

using namespace plinth;
using Lines = std::vector<std::string>;

namespace {

struct Team {
  static constexpr auto table = "teams";
  static constexpr UniqueConstraint unique_constraints[] = {{.on = "id, \"name\""}};

  Column<std::int32_t, primary_key> id;
  Column<std::string, max_length(20), unique, check_constraint("name <> ''")> name;
};

struct Seat {
  static constexpr auto table = "seats";
  static constexpr ForeignKey foreign_keys[] = {{.on = "team_id, team_name",
                                                 .to = "teams.id, teams.name",
                                                 .on_delete = OnDelete::cascade,
                                                 .on_update = OnUpdate::cascade}};
  static constexpr CheckConstraint check_constraints[] = {{.that = "number > 0", .name = "number"}};

  Column<std::int32_t, primary_key> number;
  Column<std::int32_t> team_id;
  Column<std::string, max_length(20), indexed> team_name;
  Column<std::optional<std::int32_t>,
         foreign_key<&Team::id>(OnDelete::set_null, OnUpdate::restrict)>
      guest_of;
};

constexpr NamingConvention convention{.uq = "uq_%(table_name)s_%(column_0_N_name)s",
                                      .ck = "ck_%(table_name)s_%(constraint_name)s",
                                      .fk =
                                          "fk_%(table_name)s_%(column_0_name)s_%(referred_"
                                          "table_name)s",
                                      .pk = "pk_%(table_name)s"};

struct Lost {
  static constexpr auto table = "lost";
  static constexpr ForeignKey foreign_keys[] = {{.on = "a, b", .to = "nowhere.a, nowhere.b"}};
  Column<std::int32_t, primary_key> a;
  Column<std::int32_t> b;
};

}  // namespace

TEST_CASE("without a convention the database names constraints") {
  CHECK(db::create_statements(metadata<Seat, Team>(), db::Dialect::postgresql) ==
        Lines{"CREATE TABLE teams (\n\tid SERIAL NOT NULL, \n\tname VARCHAR(20) NOT NULL, "
              "\n\tPRIMARY KEY (id), \n\tCHECK (name <> ''), \n\tUNIQUE (name), \n\tUNIQUE (id, "
              "name)\n)",
              "CREATE TABLE seats (\n\tnumber SERIAL NOT NULL, \n\tteam_id INTEGER NOT NULL, "
              "\n\tteam_name VARCHAR(20) NOT NULL, \n\tguest_of INTEGER, \n\tPRIMARY KEY (number), "
              "\n\tFOREIGN KEY(guest_of) REFERENCES teams (id) ON DELETE SET NULL ON UPDATE "
              "RESTRICT, \n\tFOREIGN KEY(team_id, team_name) REFERENCES teams (id, name) ON DELETE "
              "CASCADE ON UPDATE CASCADE, \n\tCONSTRAINT number CHECK (number > 0)\n)",
              "CREATE INDEX ix_seats_team_name ON seats (team_name)"});
}

TEST_CASE("a convention names what the model leaves unnamed, as SQLAlchemy's does") {
  CHECK(db::create_statements(metadata<Team, Seat>(convention), db::Dialect::postgresql) ==
        Lines{"CREATE TABLE teams (\n\tid SERIAL NOT NULL, \n\tname VARCHAR(20) NOT NULL, "
              "\n\tCONSTRAINT pk_teams PRIMARY KEY (id), \n\tCHECK (name <> ''), \n\tCONSTRAINT "
              "uq_teams_name UNIQUE (name), \n\tCONSTRAINT uq_teams_id_name UNIQUE (id, name)\n)",
              "CREATE TABLE seats (\n\tnumber SERIAL NOT NULL, \n\tteam_id INTEGER NOT NULL, "
              "\n\tteam_name VARCHAR(20) NOT NULL, \n\tguest_of INTEGER, \n\tCONSTRAINT pk_seats "
              "PRIMARY KEY (number), \n\tCONSTRAINT fk_seats_guest_of_teams FOREIGN KEY(guest_of) "
              "REFERENCES teams (id) ON DELETE SET NULL ON UPDATE RESTRICT, \n\tCONSTRAINT "
              "fk_seats_team_id_teams FOREIGN KEY(team_id, team_name) REFERENCES teams (id, name) "
              "ON DELETE CASCADE ON UPDATE CASCADE, \n\tCONSTRAINT ck_seats_number CHECK (number > "
              "0)\n)",
              "CREATE INDEX ix_seats_team_name ON seats (team_name)"});
}

TEST_CASE("a convention with an unknown token says which there are") {
  CHECK_THROWS_WITH(
      db::conventional_name("uq_%(column_9)s", "t", sa::UniqueConstraint("a")),
      "naming convention: unknown token \"column_9\"; use table_name, column_0_name, "
      "column_0_N_name, column_0_label, referred_table_name, referred_column_0_name or "
      "constraint_name");
  CHECK(db::conventional_name("100% %(table_name)s", "t", sa::UniqueConstraint("a")) == "100% t");
}

TEST_CASE("a foreign key to a table that is not listed is refused by name") {
  CHECK_THROWS_WITH(db::create_statements(metadata<Lost>(), db::Dialect::sqlite),
                    "a foreign key of lost refers to the table nowhere, which is not among those "
                    "to be made");
}

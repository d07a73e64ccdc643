#include "migrate/reflect.hpp"

#include <doctest/doctest.h>

#include "db/models.hpp"
#include "db/sql_text.hpp"
#include "migrate/capture.hpp"
#include "migrate/parse_ddl.hpp"

using namespace plinth;

namespace {

Task<migrate::Reflected> reflected(Engine& engine) {
  auto connection = co_await engine.driver().acquire();
  auto begin = std::make_shared<db::Work>();
  begin->commands.push_back(db::control(db::Command::Kind::begin));
  co_await connection->run(begin);
  co_return co_await migrate::reflect(*connection, engine.dialect());
}

// The table as CREATE statements: all that is known of it.
std::vector<std::string> statements(const sa::Table& table) {
  auto made = sa::create_table(table.name, table.items, db::Dialect::sqlite);
  for (const auto& index : table.indexes) {
    made.push_back(
        sa::create_index(index.name, table.name, index.on, index.options, db::Dialect::sqlite));
  }
  return made;
}

}  // namespace

TEST_CASE("the tables of models are read back as they were made") {
  capture::on_own_thread([] {
    Engine engine("sqlite:///:memory:");
    create_all<models::User, models::Team, models::Membership>(engine);
    const auto found = run(reflected(engine));
    REQUIRE(found.tables.size() == 3);
    CHECK(
        statements(found.tables[0]) ==
        std::vector<std::string>{
            "CREATE TABLE memberships (\n\tteam_id BIGINT NOT NULL, \n\tuser_id INTEGER NOT NULL, "
            "\n\tpoints INTEGER NOT NULL, \n\tnote VARCHAR, \n\tPRIMARY KEY (team_id, user_id), "
            "\n\tFOREIGN KEY(team_id) REFERENCES teams (id) ON DELETE CASCADE, \n\tFOREIGN "
            "KEY(user_id) REFERENCES users (id), \n\tCONSTRAINT ck_memberships_points CHECK "
            "(points >= 0)\n)"});
    CHECK(statements(found.tables[1]) ==
          std::vector<std::string>{
              "CREATE TABLE teams (\n\tid INTEGER NOT NULL, \n\tname VARCHAR(20) NOT NULL, "
              "\n\tPRIMARY KEY (id), \n\tUNIQUE (name)\n)"});
    CHECK(statements(found.tables[2]) ==
          std::vector<std::string>{
              "CREATE TABLE users (\n\tid INTEGER NOT NULL, \n\temail VARCHAR(320) NOT NULL, "
              "\n\thashed_password VARCHAR(128) NOT NULL, \n\tis_active BOOLEAN NOT NULL, "
              "\n\tcreated_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, \n\tPRIMARY KEY (id)\n)",
              "CREATE UNIQUE INDEX ix_users_email ON users (email)",
              "CREATE UNIQUE INDEX uq_users_email_lower ON users (lower(email))"});
  });
}

TEST_CASE("what people write by hand is read too") {
  const auto items = migrate::constraints_of(R"(CREATE TABLE IF NOT EXISTS "order" (
      -- the key, and a comma
      id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT,
      [unique] text UNIQUE ON CONFLICT IGNORE CHECK (length("unique") > 1),
      kind TEXT DEFAULT ('a,b)') NOT NULL,
      boss int CONSTRAINT fk_boss REFERENCES people ON DELETE SET NULL ON UPDATE CASCADE,
      total NUMERIC(10, 2) GENERATED ALWAYS AS (price * (1 + vat)) STORED,
      CONSTRAINT positive CHECK (total > 0 AND kind IN ('x', 'it''s')),
      FOREIGN KEY (a, b) REFERENCES other (c, d) ON DELETE NO ACTION,
      UNIQUE (a, "b c")
    ) STRICT)");
  CHECK(sa::create_table("t", items, db::Dialect::sqlite) ==
        std::vector<std::string>{
            "CREATE TABLE t (\n\tCONSTRAINT pk PRIMARY KEY (id), \n\tUNIQUE (\"unique\"), "
            "\n\tCHECK (length(\"unique\") > 1), \n\tCONSTRAINT fk_boss FOREIGN KEY(boss) "
            "REFERENCES people (\"\") ON DELETE SET NULL ON UPDATE CASCADE, \n\tCONSTRAINT "
            "positive CHECK (total > 0 AND kind IN ('x', 'it''s')), \n\tFOREIGN KEY(a, b) "
            "REFERENCES other (c, d), \n\tUNIQUE (a, \"b c\")\n)"});
}

TEST_CASE("a foreign key without columns means the primary key") {
  capture::on_own_thread([] {
    Engine engine("sqlite:///:memory:");
    run(db::execute_all(engine,
                        {"CREATE TABLE a (x INTEGER, y INTEGER, PRIMARY KEY (y, x))",
                         "CREATE TABLE b (p INT, q INT, FOREIGN KEY (p, q) REFERENCES a)"}));
    const auto found = run(reflected(engine));
    const auto& key = std::get<sa::ForeignKeyConstraint>(found.tables[1].items.back());
    CHECK(key.targets == std::vector<std::string>{"a.y", "a.x"});
  });
}

TEST_CASE("an index is its columns, expressions and condition") {
  const auto index = migrate::parse_index(
      "CREATE UNIQUE INDEX public.ix ON ONLY public.users USING gin (email, lower((email)::text), "
      "\"Name\" DESC, f(a, b)) WHERE (deleted_at IS NULL)");
  CHECK(sa::create_index(index.name, "users", index.on, index.options, db::Dialect::postgresql) ==
        "CREATE UNIQUE INDEX ix ON users USING gin (email, lower((email)::text), \"Name\" DESC, "
        "f(a, b)) WHERE (deleted_at IS NULL)");
  CHECK(index.on.size() == 4);
  CHECK(!index.on[0].is_expression);
  CHECK(index.on[1].is_expression);
}

TEST_CASE("texts with one meaning are normalized to one text") {
  CHECK(db::normalized("( (Price>0) )") == "price > 0");
  CHECK(db::normalized("\"price\" /* net */ > 0 -- euro") == "price > 0");
  CHECK(db::normalized("(a) > (b)") == "( a ) > ( b )");
  CHECK(db::normalized("name = 'A''B' AND \"Name\" <> ''") == "name = 'A''B' and \"Name\" <> ''");
  CHECK(db::split_list(" a, lower(b, 'x,y') ,\"c,d\" ") ==
        std::vector<std::string>{"a", "lower(b, 'x,y')", "\"c,d\""});
}

// Each operation as SQL. Compared with Alembic's own `--sql` where it has the operation.
#include <doctest/doctest.h>

#include "migrate/history.hpp"

using namespace plinth;
using db::Dialect;
using Lines = std::vector<std::string>;

namespace {

template <class Body>
Lines on(Dialect dialect, Body body) {
  Operations op(dialect);
  body(op);
  return op.statements();
}

template <class Body>
Lines postgresql(Body body) {
  return on(Dialect::postgresql, body);
}

template <class Body>
Lines sqlite(Body body) {
  return on(Dialect::sqlite, body);
}

}  // namespace

TEST_CASE("alter_column changes the type, what it may be, its default, and the name last") {
  CHECK(postgresql([](Operations& op) {
          op.alter_column("users", "age",
                          {.new_column_name = "years",
                           .type = sa::BigInteger(),
                           .nullable = false,
                           .server_default = "0",
                           .postgresql_using = "age::bigint"});
        }) == Lines{"ALTER TABLE users ALTER COLUMN age DROP DEFAULT",
                    "ALTER TABLE users ALTER COLUMN age TYPE BIGINT USING age::bigint",
                    "ALTER TABLE users ALTER COLUMN age SET NOT NULL",
                    "ALTER TABLE users ALTER COLUMN age SET DEFAULT 0",
                    "ALTER TABLE users RENAME age TO years"});
  CHECK(postgresql([](Operations& op) {
          op.alter_column("users", "age", {.nullable = true, .server_default = ""});
        }) == Lines{"ALTER TABLE users ALTER COLUMN age DROP NOT NULL",
                    "ALTER TABLE users ALTER COLUMN age DROP DEFAULT"});
  CHECK(sqlite([](Operations& op) { op.rename_column("users", "age", "years"); }) ==
        Lines{"ALTER TABLE users RENAME COLUMN age TO years"});
}

TEST_CASE("indexes have their options on PostgreSQL, and are plain on SQLite") {
  auto both = [](Operations& op) {
    op.create_index("ix_a", "t", {"a", sa::text("lower(b)")},
                    {.unique = true,
                     .where = "a > 0",
                     .postgresql_using = "btree",
                     .postgresql_concurrently = true,
                     .if_not_exists = true});
    op.drop_index("ix_b", "t", {.if_exists = true, .postgresql_concurrently = true});
    op.drop_index("ix_c");
  };
  CHECK(postgresql(both) == Lines{"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix_a ON t USING "
                                  "btree (a, lower(b)) WHERE a > 0",
                                  "DROP INDEX CONCURRENTLY IF EXISTS ix_b", "DROP INDEX ix_c"});
  CHECK(sqlite(both) ==
        Lines{"CREATE UNIQUE INDEX IF NOT EXISTS ix_a ON t (a, lower(b)) WHERE a > 0",
              "DROP INDEX IF EXISTS ix_b", "DROP INDEX ix_c"});
}

TEST_CASE("constraints are added and dropped by name") {
  CHECK(postgresql([](Operations& op) {
          op.create_unique_constraint("uq", "t", {"a", "b"}, {.deferrable = true});
          op.create_unique_constraint("uq2", "t", {"a"}, {.postgresql_using_index = "ix"});
          op.create_foreign_key("fk", "t", "other", {"a"}, {"id"},
                                {.ondelete = "CASCADE",
                                 .onupdate = "SET NULL",
                                 .deferrable = true,
                                 .initially = "DEFERRED",
                                 .postgresql_not_valid = true});
          op.create_check_constraint("ck", "t", "a > 0");
          op.create_check_constraint("ck2", "t", "a > 0", {.postgresql_not_valid = true});
          op.create_primary_key("pk", "t", {"a", "b"});
          op.drop_constraint("ck", "t");
          op.validate_constraint("ck2", "t");
        }) ==
        Lines{"ALTER TABLE t ADD CONSTRAINT uq UNIQUE (a, b) DEFERRABLE",
              "ALTER TABLE t ADD CONSTRAINT uq2 UNIQUE USING INDEX ix",
              "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY(a) REFERENCES other (id) ON DELETE "
              "CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED NOT VALID",
              "ALTER TABLE t ADD CONSTRAINT ck CHECK (a > 0)",
              "ALTER TABLE t ADD CONSTRAINT ck2 CHECK (a > 0) NOT VALID",
              "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a, b)",
              "ALTER TABLE t DROP CONSTRAINT ck", "ALTER TABLE t VALIDATE CONSTRAINT ck2"});
  CHECK(sqlite([](Operations& op) { op.validate_constraint("ck", "t"); }).empty());
}

TEST_CASE("a batch on PostgreSQL is plain alterations, in their order") {
  CHECK(postgresql([](Operations& op) {
          op.batch_alter_table("t", [](BatchOperations& batch_op) {
            batch_op.add_column(sa::Column("c", sa::Integer(), {.nullable = false}));
            batch_op.alter_column("a", {.new_column_name = "b"});
            batch_op.create_index("ix", {"b"});
            batch_op.drop_constraint("ck");
            batch_op.drop_column("d");
            batch_op.drop_index("iy");
          });
        }) == Lines{"ALTER TABLE t ADD COLUMN c INTEGER NOT NULL", "ALTER TABLE t RENAME a TO b",
                    "CREATE INDEX ix ON t (b)", "ALTER TABLE t DROP CONSTRAINT ck",
                    "ALTER TABLE t DROP COLUMN d", "DROP INDEX iy"});
}

TEST_CASE("SQL without a database is refused where SQLite must look at the table") {
  CHECK_THROWS_WITH_AS(
      sqlite([](Operations& op) { op.alter_column("users", "age", {.type = sa::Text()}); }),
      "SQLite cannot alter the table users in place, and --sql cannot look at it; upgrade without "
      "--sql, or make the new table in the revision by create_table, execute(\"INSERT INTO … "
      "SELECT …\"), drop_table and rename_table",
      migrate::CommandError);
  CHECK_THROWS_AS(sqlite([](Operations& op) { op.drop_constraint("ck", "t"); }),
                  migrate::CommandError);
}

TEST_CASE("enumerations are types of PostgreSQL, and nothing on SQLite") {
  auto all = [](Operations& op) {
    op.create_enum("mood", {"sad", "it's ok"});
    op.add_enum_value("mood", "glad");
    op.add_enum_value("mood", "low", {.before = "sad"});
    op.add_enum_value("mood", "mid", {.after = "it's ok"});
    op.rename_enum_value("mood", "sad", "blue");
    op.drop_enum("mood");
  };
  CHECK(postgresql(all) == Lines{"CREATE TYPE mood AS ENUM ('sad', 'it''s ok')",
                                 "ALTER TYPE mood ADD VALUE 'glad'",
                                 "ALTER TYPE mood ADD VALUE 'low' BEFORE 'sad'",
                                 "ALTER TYPE mood ADD VALUE 'mid' AFTER 'it''s ok'",
                                 "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'", "DROP TYPE mood"});
  CHECK(sqlite(all).empty());
}

TEST_CASE("bulk_insert quotes every value for its engine") {
  auto insert = [](Operations& op) {
    op.bulk_insert("t", {"a", "b", "order"},
                   {{1, "it's", nullptr}, {true, std::string("back\\slash"), 0.5}});
    op.bulk_insert("u", {"id", "at", "raw", "price", "data"},
                   {{*Uuid::parse("00112233-4455-6677-8899-aabbccddeeff"), DateTime{1'000'000},
                     Bytes{"\x01\xff"}, Decimal{"1.50"}, Json::parse(R"({"k": "v'"})")}});
  };
  CHECK(postgresql(insert) ==
        Lines{"INSERT INTO t (a, b, \"order\") VALUES (1, 'it''s', NULL), (true, "
              "E'back\\\\slash', 0.5)",
              "INSERT INTO u (id, at, raw, price, data) VALUES "
              "('00112233-4455-6677-8899-aabbccddeeff', '1970-01-01 00:00:01.000000+00', "
              "E'\\\\x01ff', 1.50, '{\"k\":\"v''\"}')"});
  CHECK(sqlite(insert) ==
        Lines{"INSERT INTO t (a, b, \"order\") VALUES (1, 'it''s', NULL), (1, 'back\\slash', 0.5)",
              "INSERT INTO u (id, at, raw, price, data) VALUES "
              "('00112233445566778899aabbccddeeff', '1970-01-01 00:00:01.000000', X'01ff', 1.50, "
              "'{\"k\":\"v''\"}')"});
}

TEST_CASE("many rows are inserted by a hundred, and rows of another width not at all") {
  std::vector<std::vector<sa::Literal>> rows(250, {sa::Literal(7)});
  Operations op(Dialect::sqlite);
  op.bulk_insert("t", {"a"}, rows);
  CHECK(op.statements().size() == 3);
  Operations none(Dialect::sqlite);
  none.bulk_insert("t", {"a"}, {});
  CHECK(none.statements().empty());
  Operations wrong(Dialect::sqlite);
  wrong.bulk_insert("t", {"a", "b"}, {{1, 2}, {1}});
  CHECK_THROWS_WITH_AS(wrong.statements(), "bulk_insert into t: row 2 has 1 values for 2 columns",
                       std::logic_error);
  Operations nul(Dialect::postgresql);
  nul.bulk_insert("t", {"a"}, {{std::string("a\0b", 3)}});
  CHECK_THROWS_AS(nul.statements(), std::logic_error);
}

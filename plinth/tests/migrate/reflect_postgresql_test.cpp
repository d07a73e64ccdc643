// What only PostgreSQL has: spellings of its own, sequences, enumerations.
#include <doctest/doctest.h>

#include "migrate/autogenerate_support.hpp"
#include "migrate/capture.hpp"
#include "migrate/render_changes.hpp"

using namespace plinth;
using autogenerate_support::applied;
using autogenerate_support::compared;
using Lines = std::vector<std::string>;

namespace {

struct Fixture {
  support::TestDatabase database;
  Engine engine{database.url()};

  explicit Fixture(Lines statements) { run(db::execute_all(engine, std::move(statements))); }
  Lines detected(std::vector<sa::Table> wanted) {
    return run(compared(engine, std::move(wanted))).detected;
  }
  support::Rows ask(const std::string& sql) {
    return support::query_postgresql(database.direct_url(), sql);
  }
};

sa::Table orders(std::vector<std::string> values, std::string standard) {
  return {
      .name = "orders",
      .items = {sa::Column("id", sa::Integer(), {.nullable = false}),
                sa::Column("state", sa::Enum("state", std::move(values)),
                           {.nullable = false, .server_default = std::move(standard)}),
                sa::PrimaryKeyConstraint("id"), sa::CheckConstraint("state <> 'lost'")},
      .indexes = {{.name = "ix_orders_new", .on = {"id"}, .options = {.where = "state = 'new'"}}}};
}

}  // namespace

TEST_SUITE("postgresql") {
  TEST_CASE("an expression is the same in the model's words and in PostgreSQL's") {
    capture::on_own_thread([] {
      Fixture fixture(
          {"CREATE TABLE items (id serial PRIMARY KEY, price numeric(10, 2) CHECK (price "
           "> 0), kind varchar(5) DEFAULT 'a' CHECK (kind IN ('a', 'b')), email text, "
           "seen timestamptz DEFAULT now())",
           "CREATE UNIQUE INDEX ix_items_email ON items (lower(email)) WHERE kind = 'a' "
           "AND price > 3",
           "CREATE INDEX ix_items_tags ON items USING gin (to_tsvector('simple', email))"});
      const sa::Table items{
          .name = "items",
          .items = {sa::Column("id", sa::Integer(), {.nullable = false}),
                    sa::Column("price", sa::Numeric(10, 2)),
                    sa::Column("kind", sa::String(5), {.server_default = "'a'"}),
                    sa::Column("email", sa::Text()),
                    sa::Column("seen", sa::DateTime({.timezone = true}),
                               {.server_default = "CURRENT_TIMESTAMP"}),
                    sa::PrimaryKeyConstraint("id"), sa::CheckConstraint("price>0"),
                    sa::CheckConstraint("kind in ('a','b')")},
          .indexes = {{.name = "ix_items_email",
                       .on = {sa::text("lower(email)")},
                       .options = {.unique = true, .where = "kind='a' and price>3"}},
                      {.name = "ix_items_tags",
                       .on = {sa::text("to_tsvector('simple', email)")},
                       .options = {.postgresql_using = "gin"}}}};
      CHECK(fixture.detected({items}) == Lines{"Detected server default on column 'items.seen'"});
      CHECK(fixture.ask("SELECT count(*) FROM pg_class WHERE relpersistence = 't'") ==
            support::Rows{{"0"}});
    });
  }

  TEST_CASE("tables of extensions and of other schemas are nobody's business") {
    capture::on_own_thread([] {
      Fixture fixture({"CREATE SCHEMA other", "CREATE TABLE other.hidden (id int)",
                       "CREATE TABLE parts (id int) PARTITION BY RANGE (id)",
                       "CREATE TABLE part_one PARTITION OF parts FOR VALUES FROM (0) TO (10)"});
      CHECK(fixture.detected({}) == Lines{"Detected removed table 'parts'"});
    });
  }

  TEST_CASE("types that plinth has no word for are kept as they are") {
    capture::on_own_thread([] {
      Fixture fixture(
          {"CREATE TABLE hosts (id serial PRIMARY KEY, address inet, code char(3), at "
           "timestamp(3), tags text[])"});
      const auto dropped = run(compared(fixture.engine, {})).upgrade;
      CHECK(render(migrate::autogenerate::inverse(dropped), db::Dialect::postgresql) ==
            R"code(  // ### auto generated; please adjust ###
  op.create_table("hosts",  //
                  sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("address", sa::UserDefinedType("inet")),
                  sa::Column("code", sa::UserDefinedType("character(3)")),
                  sa::Column("at", sa::UserDefinedType("timestamp(3) without time zone")),
                  sa::Column("tags", sa::ARRAY(sa::Text())),
                  sa::PrimaryKeyConstraint("id").named("hosts_pkey"));
  // ### end of what was auto generated ###
)code");
    });
  }

  TEST_CASE("a value that goes takes the type with it, and the rows keep theirs") {
    capture::on_own_thread([] {
      Fixture fixture({});
      run(applied(
          fixture.engine,
          run(compared(fixture.engine, {orders({"new", "done", "lost"}, "'new'")})).upgrade));
      run(db::execute_all(fixture.engine, {"INSERT INTO orders (state) VALUES ('new'), ('done')"}));
      const auto changes =
          run(compared(fixture.engine, {orders({"lost", "new", "open", "done"}, "'open'")}))
              .upgrade;
      run(applied(fixture.engine, changes));
      CHECK(fixture.detected({orders({"lost", "new", "open", "done"}, "'open'")}).empty());
      run(db::execute_all(fixture.engine, {"INSERT INTO orders (id) VALUES (7)"}));
      CHECK(fixture.ask("SELECT state FROM orders ORDER BY id") ==
            support::Rows{{"new"}, {"done"}, {"open"}});

      const auto back = migrate::autogenerate::inverse(changes);
      CHECK_THROWS_WITH_AS(run(applied(fixture.engine, back)),
                           doctest::Contains("invalid input value for enum state: \"open\""),
                           std::exception);
      run(db::execute_all(fixture.engine, {"DELETE FROM orders WHERE id = 7"}));
      run(applied(fixture.engine, back));
      CHECK(fixture.detected({orders({"new", "done", "lost"}, "'new'")}).empty());
      CHECK(fixture.ask("SELECT state FROM orders ORDER BY id") ==
            support::Rows{{"new"}, {"done"}});
    });
  }

  TEST_CASE("a number that grows keeps on counting") {
    capture::on_own_thread([] {
      Fixture fixture({"CREATE TABLE t (id serial PRIMARY KEY)"});
      const sa::Table wanted{.name = "t",
                             .items = {sa::Column("id", sa::BigInteger(), {.nullable = false}),
                                       sa::PrimaryKeyConstraint("id")}};
      run(applied(fixture.engine, run(compared(fixture.engine, {wanted})).upgrade));
      run(db::execute_all(fixture.engine, {"SELECT setval('t_id_seq', 3000000000)",
                                           "INSERT INTO t DEFAULT VALUES"}));
      CHECK(fixture.ask("SELECT id FROM t") == support::Rows{{"3000000001"}});
    });
  }
}

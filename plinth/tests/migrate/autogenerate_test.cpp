#include <doctest/doctest.h>

#include <algorithm>

#include "migrate/autogenerate_support.hpp"
#include "migrate/capture.hpp"
#include "migrate/random_schema.hpp"
#include "migrate/render_changes.hpp"
#include "support/database.hpp"

using namespace plinth;
using migrate::autogenerate::Changes;

namespace {

// A name for a failing case: what should not be there, and what led to it.
std::string story(const Changes& left, const Changes& changes, db::Dialect dialect) {
  return migrate::autogenerate::summary(left) + "\nafter\n" +
         migrate::autogenerate::render(changes, dialect) + "inverse\n" +
         migrate::autogenerate::render(migrate::autogenerate::inverse(changes), dialect);
}

void check_reached(Engine& engine, const random_schema::Schema& wanted, const Changes& changes,
                   std::uint64_t seed, const char* where) {
  const auto left = run(autogenerate_support::compared(engine, wanted)).upgrade;
  const auto told = "seed " + std::to_string(seed) + " " + where + ": " +
                    (left.empty() ? std::string() : story(left, changes, engine.dialect()));
  CHECK_MESSAGE(left.empty(), told);
}

void apply(Engine& engine, const Changes& changes, std::uint64_t seed, const char* where) {
  try {
    run(autogenerate_support::applied(engine, changes));
  } catch (const std::exception& error) {
    const auto told = "seed " + std::to_string(seed) + " " + where + ": " + error.what() + "\n" +
                      story({}, changes, engine.dialect());
    FAIL(told);
  }
}

// From nothing to A, from A to B, and all the way back.
void walk(Engine& engine, std::uint64_t seed) {
  random_schema::Generator random(seed);
  const auto a = random.schema();
  const auto b = random.schema();
  const auto to_a = run(autogenerate_support::compared(engine, a)).upgrade;
  apply(engine, to_a, seed, "to A");
  check_reached(engine, a, to_a, seed, "at A");
  const auto to_b = run(autogenerate_support::compared(engine, b)).upgrade;
  apply(engine, to_b, seed, "to B");
  check_reached(engine, b, to_b, seed, "at B");
  const auto back = migrate::autogenerate::inverse(to_b);
  apply(engine, back, seed, "back to A");
  check_reached(engine, a, to_b, seed, "back at A");
  apply(engine, migrate::autogenerate::inverse(to_a), seed, "back to nothing");
  check_reached(engine, {}, to_a, seed, "back at nothing");
}

std::string value_for(const sa::Type& type) {
  using Kind = sa::Type::Kind;
  switch (type.kind) {
    case Kind::boolean:
      return "true";
    case Kind::date_time:
      return "'2026-11-26 12:00:00'";
    case Kind::uuid:
      return "'00112233445566778899aabbccddeeff'";
    case Kind::json:
      return "'{}'";
    case Kind::array:
      return support::by_engine("'[1,2]'", "'{1,2}'");
    case Kind::enumeration:
      return type.values.front() == "it's" ? "'it''s'" : "'" + type.values.front() + "'";
    case Kind::string:
    case Kind::text:
      return "'abc'";
    default:
      return "7";
  }
}

std::string list_of(const sa::Table& table, bool values) {
  std::string list;
  for (const auto& item : table.items) {
    const auto* column = std::get_if<sa::Column>(&item);
    if (!column || column->name.find("_id") != std::string::npos) continue;
    list +=
        (list.empty() ? "" : ", ") + (values ? value_for(column->type) : db::quoted(column->name));
  }
  return list;
}

Task<std::vector<migrate::TextRow>> rows_of(Engine& engine, std::string sql) {
  auto connection = co_await engine.driver().acquire();
  auto begin = std::make_shared<db::Work>();
  begin->commands.push_back(db::control(db::Command::Kind::begin));
  co_await connection->run(begin);
  co_return co_await migrate::text_rows(*connection, sql);
}

// One row of each table, of the columns that the table has. By an engine of its own: a statement
// that was prepared before a change of its types is refused by PostgreSQL once.
std::vector<migrate::TextRow> all_rows(const support::TestDatabase& database,
                                       const random_schema::Schema& schema) {
  Engine engine(database.url());
  std::vector<migrate::TextRow> rows;
  for (const auto& table : schema) {
    auto some =
        run(rows_of(engine, "SELECT " + list_of(table, false) + " FROM " + db::quoted(table.name)));
    rows.insert(rows.end(), some.begin(), some.end());
  }
  return rows;
}

}  // namespace

TEST_CASE("rows outlive changes that they have no part in, both ways") {
  capture::on_own_thread([] {
    for (std::uint64_t seed = 0; seed < autogenerate_support::rounds(); ++seed) {
      const support::TestDatabase database(support::Place::disk);
      Engine engine(database.url());
      random_schema::Generator random(seed);
      auto a = random.schema();
      for (auto& table : a) {
        std::erase_if(table.items, [](const sa::TableItem& item) {
          return std::holds_alternative<sa::CheckConstraint>(item);
        });
      }
      apply(engine, run(autogenerate_support::compared(engine, a)).upgrade, seed, "to A");
      std::vector<std::string> inserts;
      for (const auto& table : a) {
        inserts.push_back("INSERT INTO " + db::quoted(table.name) + " (" + list_of(table, false) +
                          ") VALUES (" + list_of(table, true) + ")");
      }
      run(db::execute_all(engine, inserts));
      const auto rows = all_rows(database, a);
      CHECK(rows.size() == a.size());

      const auto b = random.gently_changed(a);
      const auto to_b = run(autogenerate_support::compared(engine, b)).upgrade;
      apply(engine, to_b, seed, "to B");
      check_reached(engine, b, to_b, seed, "at B");
      CHECK(all_rows(database, a) == rows);
      apply(engine, migrate::autogenerate::inverse(to_b), seed, "back to A");
      check_reached(engine, a, to_b, seed, "back at A");
      CHECK(all_rows(database, a) == rows);
    }
  });
}

TEST_CASE("what autogenerate finds, applied, leaves nothing to find, both ways") {
  capture::on_own_thread([] {
    for (std::uint64_t seed = 0; seed < autogenerate_support::rounds(); ++seed) {
      const support::TestDatabase database;
      Engine engine(database.url());
      walk(engine, seed);
    }
  });
}

TEST_CASE("rows that are there get the default that C++ makes, and new ones need it") {
  capture::on_own_thread([] {
    const support::TestDatabase database;
    Engine engine(database.url());
    sa::Table table{.name = "users",
                    .items = {sa::Column("id", sa::Integer(), {.nullable = false}),
                              sa::PrimaryKeyConstraint("id")}};
    run(autogenerate_support::applied(
        engine, run(autogenerate_support::compared(engine, {table})).upgrade));
    run(db::execute_all(engine, {"INSERT INTO users (id) VALUES (1)"}));
    table.items.emplace_back(sa::Column("kind", sa::String(9), {.nullable = false}));
    const auto changes =
        run(autogenerate_support::compared(
                engine, {table}, {{.table = "users", .column = "kind", .value = "'it''s'"}}))
            .upgrade;
    run(autogenerate_support::applied(engine, changes));
    CHECK(run(rows_of(engine, "SELECT kind FROM users")) ==
          std::vector<migrate::TextRow>{{"it's"}});
    CHECK_THROWS_AS(run(db::execute_all(engine, {"INSERT INTO users (id) VALUES (2)"})),
                    IntegrityError);
  });
}

#include <doctest/doctest.h>

#include "models.hpp"

using namespace models;

namespace {

struct Odd {
  static constexpr auto table = "order";
  Column<std::int32_t, primary_key> id;
  Column<std::string, column_name("Select")> choice;
};

template <class Q>
std::string sqlite(const Q& query) {
  return db::render(query.query(), db::Dialect::sqlite).sql;
}
template <class Q>
std::string postgresql(const Q& query) {
  return db::render(query.query(), db::Dialect::postgresql).sql;
}

}  // namespace

TEST_CASE("a select names all columns of its model") {
  auto query = select<User>().where(col<&User::email> == "a@example.com");
  CHECK(sqlite(query) ==
        "SELECT users.id, users.email, users.hashed_password, users.is_active, users.created_at "
        "FROM users WHERE users.email = ?");
  CHECK(postgresql(query) ==
        "SELECT users.id, users.email, users.hashed_password, users.is_active, users.created_at "
        "FROM users WHERE users.email = $1");
  auto statement = db::render(query.query(), db::Dialect::sqlite);
  REQUIRE(statement.parameters.size() == 1);
  CHECK(std::get<std::string>(statement.parameters[0]) == "a@example.com");
  CHECK(statement.reads_only);
}

TEST_CASE("conditions keep their grouping") {
  auto id = col<&User::id>;
  struct Row {
    const char* name;
    std::string sql;
    const char* expected;
  };
  auto where = [](const auto& condition) {
    auto sql = postgresql(select<User>(count()).where(condition));
    return sql.substr(sql.find("WHERE ") + 6);
  };
  const Row rows[] = {
      {"and", where(id > 1 && id < 9), "(users.id > $1 AND users.id < $2)"},
      {"or in and", where((id == 1 || id == 2) && col<&User::is_active>),
       "((users.id = $1 OR users.id = $2) AND users.is_active)"},
      {"not", where(!(id != 1)), "NOT (users.id != $1)"},
      {"not of a column", where(!col<&User::is_active>), "NOT (users.is_active)"},
      {"word operators", where(not(id >= 1) or id <= 2),
       "(NOT (users.id >= $1) OR users.id <= $2)"},
      {"null", where(col<&User::email> == std::nullopt), "users.email IS NULL"},
      {"not null", where(col<&User::email> != std::nullopt), "users.email IS NOT NULL"},
      {"in", where(id.in({1, 2, 3})), "users.id IN ($1, $2, $3)"},
      {"in nothing", where(id.in(std::vector<int>{})), "1 = 0"},
      {"not in nothing", where(id.not_in(std::vector<int>{})), "1 = 1"},
      {"between", where(id.between(1, 2) || id == 3),
       "((users.id >= $1 AND users.id <= $2) OR users.id = $3)"},
      {"like", where(col<&User::email>.like("a%")), "users.email LIKE $1"},
      {"ilike", where(col<&User::email>.ilike("a%")), "lower(users.email) LIKE lower($1)"},
      {"contains", where(col<&User::email>.contains("50%")), "users.email LIKE $1 ESCAPE '\\'"},
      {"arithmetic", where(id * 2 - 1 == id), "((users.id * $1) - $2) = users.id"},
      {"lower", where(lower(col<&User::email>) == lower("A")), "lower(users.email) = lower($1)"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(row.sql == row.expected);
  }
}

TEST_CASE("several where join by AND, and steps may be taken one by one") {
  auto query = select<User>(col<&User::id>).where(col<&User::id> > 1);
  query.where(col<&User::is_active> == true).limit(5);
  query.order_by(desc(col<&User::id>), col<&User::email>);
  CHECK(sqlite(query) ==
        "SELECT users.id FROM users WHERE users.id > ? AND users.is_active = ? ORDER BY users.id "
        "DESC, users.email LIMIT ?");
}

TEST_CASE("LIMIT, OFFSET and FOR UPDATE differ by dialect") {
  auto later = select<Team>(col<&Team::id>).offset(10);
  CHECK(sqlite(later) == "SELECT teams.id FROM teams LIMIT -1 OFFSET ?");
  CHECK(postgresql(later) == "SELECT teams.id FROM teams OFFSET $1");
  auto locked = select<Team>(col<&Team::id>).with_for_update({.skip_locked = true});
  CHECK(sqlite(locked) == "SELECT teams.id FROM teams");
  CHECK(postgresql(locked) == "SELECT teams.id FROM teams FOR UPDATE SKIP LOCKED");
  CHECK_FALSE(db::render(locked.query(), db::Dialect::sqlite).reads_only);
  CHECK_THROWS_AS(sqlite(select<Team>().limit(-1)), DataError);
}

TEST_CASE("insert, update and delete") {
  CHECK(sqlite(insert<Team>().values(col<&Team::name> = "red").returning(col<&Team::id>)) ==
        "INSERT INTO teams (name) VALUES (?) RETURNING id");
  CHECK(sqlite(insert<Team>().values(col<&Team::name> = "a").values(col<&Team::name> = "b")) ==
        "INSERT INTO teams (name) VALUES (?), (?)");
  CHECK(sqlite(insert<Team>().values()) == "INSERT INTO teams DEFAULT VALUES");
  CHECK(postgresql(insert(ada()).on_conflict_do_nothing(col<&User::email>)) ==
        "INSERT INTO users (email, hashed_password, is_active) VALUES ($1, $2, $3) ON CONFLICT "
        "(email) DO NOTHING");
  CHECK(sqlite(insert<Team>().values(col<&Team::name> = "a").on_conflict_do_nothing()) ==
        "INSERT INTO teams (name) VALUES (?) ON CONFLICT DO NOTHING");
  CHECK(postgresql(update<User>()
                       .set(col<&User::is_active> = false, col<&User::email> = lower("A"))
                       .where(col<&User::id> == 7)) ==
        "UPDATE users SET is_active = $1, email = lower($2) WHERE users.id = $3");
  CHECK(sqlite(delete_from<User>().where(col<&User::id> == 7)) ==
        "DELETE FROM users WHERE users.id = ?");
  CHECK_THROWS_AS(sqlite(update<User>()), ProgrammingError);
  CHECK_THROWS_AS(sqlite(insert<Team>()), ProgrammingError);
  CHECK_THROWS_AS(sqlite(insert<Team>().values(col<&Team::name> = "a").values(col<&Team::id> = 1)),
                  ProgrammingError);
}

TEST_CASE("reserved words and unusual names are quoted") {
  CHECK(sqlite(select<Odd>().where(col<&Odd::choice> == "x")) ==
        "SELECT \"order\".id, \"order\".\"Select\" FROM \"order\" WHERE \"order\".\"Select\" = ?");
  CHECK(db::quoted("plain_name1") == "plain_name1");
  CHECK(db::quoted("Mixed") == "\"Mixed\"");
  CHECK(db::quoted("a\"b") == "\"a\"\"b\"");
  CHECK(db::quoted("1st") == "\"1st\"");
  CHECK(db::quoted("") == "\"\"");
  CHECK(db::quoted("user") == "\"user\"");
}

TEST_CASE("raw SQL has its dialect's placeholders") {
  CHECK(postgresql(text("SELECT ?, '?', \"?\", ?", 1, 2)) == "SELECT $1, '?', \"?\", $2");
  CHECK(postgresql(text("SELECT a ?? 'b'")) == "SELECT a ? 'b'");
  CHECK_THROWS_AS(sqlite(text("SELECT ?")), ProgrammingError);
  CHECK_THROWS_AS(sqlite(text("SELECT 1", 1)), ProgrammingError);
}

// What each form of a query is in SQL, on both engines. docs/queries.md quotes this file.
#include <doctest/doctest.h>

#include "models.hpp"

using namespace models;

namespace {

// The rows of a query, by name.
struct Counted {
  static constexpr auto table = "counted";
  Column<std::int64_t> team_id;
  Column<std::int64_t> members;
};

struct Level {
  static constexpr auto table = "levels";
  Column<std::int64_t> id;
  Column<std::int64_t> depth;
};

template <class Q>
std::string sqlite(const Q& query) {
  return db::render(query.query(), db::Dialect::sqlite).sql;
}
template <class Q>
std::string postgresql(const Q& query) {
  return db::render(query.query(), db::Dialect::postgresql).sql;
}

// One expression in both dialects.
template <class E>
std::string of(const E& expression) {
  auto query = select<Employee>(expression);
  auto strip = [](std::string sql) { return sql.substr(7, sql.rfind(" FROM employees") - 7); };
  auto lite = strip(sqlite(query));
  auto post = strip(postgresql(query));
  return post + " | " + lite;
}

constexpr auto name = col<&Employee::name>;
constexpr auto salary = col<&Employee::salary>;
constexpr auto rate = col<&Employee::rate>;
constexpr auto score = col<&Employee::score>;
constexpr auto boss = col<&Employee::manager_id>;

}  // namespace

TEST_CASE("functions and operators, on PostgreSQL and SQLite") {
  struct Row {
    const char* name;
    std::string sql;
    const char* expected;
  };
  const Row rows[] = {
      {"count(*)", of(count()), "count(*) | count(*)"},
      {"count distinct", of(count(distinct(name))),
       "count(DISTINCT employees.name) | count(DISTINCT employees.name)"},
      {"sum of whole numbers", of(func::sum(salary)),
       "CAST(sum(employees.salary) AS BIGINT) | sum(employees.salary)"},
      {"sum of decimals", of(func::sum(rate)), "sum(employees.rate) | sum(employees.rate)"},
      {"avg", of(func::avg(salary)),
       "CAST(avg(employees.salary) AS DOUBLE PRECISION) | avg(employees.salary)"},
      {"string_agg", of(func::string_agg(name, ", ")),
       "string_agg(employees.name, $1) | group_concat(employees.name, ?)"},
      {"coalesce", of(coalesce(boss, salary, 0)),
       "coalesce(employees.manager_id, employees.salary, $1) | "
       "coalesce(employees.manager_id, employees.salary, ?)"},
      {"nullif", of(nullif(name, "")), "nullif(employees.name, $1) | nullif(employees.name, ?)"},
      {"concat", of(concat(name, " <", name, ">")),
       "(employees.name || $1::VARCHAR || employees.name || $2::VARCHAR) | "
       "(employees.name || ? || employees.name || ?)"},
      {"+ of texts", of(name + "!"), "(employees.name || $1) | (employees.name || ?)"},
      {"literal text", of(literal("x")), "$1::VARCHAR | ?"},
      {"literal number", of(literal(5)), "$1 | ?"},
      {"literal JSON", of(literal(Json::parse("[1]"))), "$1::JSON | ?"},
      {"literal decimal", of(literal(Decimal{"1.5"})), "$1 | CAST(? AS NUMERIC)"},
      {"case", of(case_<std::string>().when(salary > 10, "high").else_("low")),
       "(CASE WHEN employees.salary > $1 THEN $2::VARCHAR ELSE $3::VARCHAR END) | "
       "(CASE WHEN employees.salary > ? THEN ? ELSE ? END)"},
      {"cast to text", of(cast<std::string>(salary)),
       "CAST((employees.salary) AS VARCHAR) | CAST((employees.salary) AS TEXT)"},
      {"cast cuts", of(cast<std::int64_t>(score)),
       "CAST(trunc(employees.score) AS BIGINT) | CAST((employees.score) AS INTEGER)"},
      {"division by a column", of(salary / salary),
       "(employees.salary / nullif(employees.salary, 0)) | "
       "(employees.salary / nullif(employees.salary, 0))"},
      {"division by a value", of(salary / 2),
       "(employees.salary / nullif($1, 0)) | (employees.salary / nullif(?, 0))"},
      {"modulo", of(salary % 2),
       "(employees.salary % nullif($1, 0)) | (employees.salary % nullif(?, 0))"},
      {"minus", of(-salary), "(- employees.salary) | (- employees.salary)"},
      {"decimals", of(rate * Decimal{"1.5"} - 1),
       "((employees.rate * $1) - $2) | ((employees.rate * CAST(? AS NUMERIC)) - ?)"},
      {"distinct from", of(boss.is_distinct_from(1)),
       "employees.manager_id IS DISTINCT FROM $1 | employees.manager_id IS NOT ?"},
      {"not distinct from NULL", of(boss.is_not_distinct_from(std::optional<int>())),
       "employees.manager_id IS NOT DISTINCT FROM NULL | employees.manager_id IS NULL"},
      {"equal to an empty optional", of(boss == std::optional<std::int64_t>()),
       "employees.manager_id IS NULL | employees.manager_id IS NULL"},
      {"equal to an optional", of(boss != std::optional<std::int64_t>(3)),
       "employees.manager_id != $1 | employees.manager_id != ?"},
      {"any function", of(func::call<"substr", std::string>(name, 1, 3)),
       "substr(employees.name, $1::INTEGER, $2::INTEGER) | substr(employees.name, ?, ?)"},
      {"raw", of(sql<bool>("? % 2 = ? AND '?' = 'a'", salary, 1)),
       "(employees.salary % 2 = $1::INTEGER AND '?' = 'a') | "
       "(employees.salary % 2 = ? AND '?' = 'a')"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(row.sql == row.expected);
  }
  CHECK_THROWS_AS(sql<bool>("? = ?", 1), ProgrammingError);
  CHECK_THROWS_AS(sql<bool>("1 = 1", 1), ProgrammingError);
}

TEST_CASE("a query may be moved into itself") {
  auto query = select<Employee>(name);
  query = std::move(query).where(salary > 1).order_by(name).limit(3);
  CHECK(sqlite(query) == sqlite(select<Employee>(name).where(salary > 1).order_by(name).limit(3)));
}

TEST_CASE("NULL is the largest value in an order, on both engines") {
  auto order = [](const auto&... by) {
    auto query = select<Employee>(name).order_by(by...);
    auto strip = [](const std::string& sql) { return sql.substr(sql.find("ORDER BY") + 9); };
    return strip(postgresql(query)) + " | " + strip(sqlite(query));
  };
  CHECK(order(name) == "employees.name | employees.name");
  CHECK(order(boss) == "employees.manager_id | employees.manager_id NULLS LAST");
  CHECK(order(desc(boss)) == "employees.manager_id DESC | employees.manager_id DESC NULLS FIRST");
  CHECK(order(desc(boss).nulls_last()) ==
        "employees.manager_id DESC NULLS LAST | employees.manager_id DESC NULLS LAST");
  CHECK(order(asc(name).nulls_first(), score) ==
        "employees.name NULLS FIRST, employees.score | "
        "employees.name NULLS FIRST, employees.score");
  // A column of a row that an outer join did not find.
  auto joined = select<Team>(col<&Team::id>)
                    .outer_join<&Membership::team_id>()
                    .order_by(col<&Membership::points>);
  CHECK(sqlite(joined) ==
        "SELECT teams.id FROM teams LEFT OUTER JOIN memberships ON memberships.team_id = teams.id "
        "ORDER BY memberships.points NULLS LAST");
}

TEST_CASE("joins: by a condition, by a foreign key, to the same table under another name") {
  auto by_condition = select<User>(col<&User::email>, col<&Membership::points>)
                          .join<Membership>(col<&Membership::user_id> == col<&User::id>);
  auto by_key =
      select<User>(col<&User::email>, col<&Membership::points>).join<&Membership::user_id>();
  const auto* expected =
      "SELECT users.email, memberships.points FROM users JOIN memberships ON memberships.user_id = "
      "users.id";
  CHECK(postgresql(by_condition) == expected);
  CHECK(postgresql(by_key) == expected);

  auto three = select<Team>(col<&Team::name>, col<&User::email>)
                   .join<&Membership::team_id>()
                   .join<&Membership::user_id>();
  CHECK(postgresql(three) ==
        "SELECT teams.name, users.email FROM teams JOIN memberships ON memberships.team_id = "
        "teams.id JOIN users ON memberships.user_id = users.id");

  auto managers = select<Employee>(name, nullable(Manager::col<&Employee::name>))
                      .outer_join<Manager>(boss == Manager::col<&Employee::id>);
  CHECK(postgresql(managers) ==
        "SELECT employees.name, manager.name FROM employees LEFT OUTER JOIN employees AS manager "
        "ON employees.manager_id = manager.id");
  CHECK(postgresql(select<Manager>(Manager::col<&Employee::id>)) ==
        "SELECT manager.id FROM employees AS manager");
  CHECK(postgresql(select<Team>(col<&Team::id>, col<&User::id>).cross_join<User>()) ==
        "SELECT teams.id, users.id FROM teams CROSS JOIN users");
}

TEST_CASE("subqueries: in a list, as a value, exists, as a source, by name") {
  auto members = select<Membership>(col<&Membership::user_id>).where(col<&Membership::points> > 3);
  CHECK(postgresql(select<User>(col<&User::email>)
                       .where(col<&User::id>.in(members) && col<&User::is_active>)) ==
        "SELECT users.email FROM users WHERE (users.id IN (SELECT memberships.user_id FROM "
        "memberships WHERE memberships.points > $1) AND users.is_active)");

  auto of_user = select<Membership>(count()).correlate<User>().where(col<&Membership::user_id> ==
                                                                     col<&User::id>);
  CHECK(postgresql(select<User>(col<&User::email>, coalesce(of_user.scalar_subquery(), 0))) ==
        "SELECT users.email, coalesce((SELECT count(*) FROM memberships WHERE memberships.user_id "
        "= users.id), $1) FROM users");
  CHECK(postgresql(select<User>(col<&User::id>).where(!exists(of_user))) ==
        "SELECT users.id FROM users WHERE NOT (EXISTS (SELECT count(*) FROM memberships WHERE "
        "memberships.user_id = users.id))");

  auto per_team = select<Membership>(col<&Membership::team_id>, count())
                      .where(col<&Membership::points> > 0)
                      .group_by(col<&Membership::team_id>);
  CHECK(postgresql(select<Counted>().from(per_team).where(col<&Counted::members> > 1)) ==
        "SELECT counted.team_id, counted.members FROM (SELECT memberships.team_id AS team_id, "
        "count(*) AS members FROM memberships WHERE memberships.points > $1 GROUP BY "
        "memberships.team_id) AS counted WHERE counted.members > $2");
  CHECK(postgresql(select<Team>(col<&Team::name>, col<&Counted::members>)
                       .join<Counted>(per_team, col<&Counted::team_id> == col<&Team::id>)) ==
        "SELECT teams.name, counted.members FROM teams JOIN (SELECT memberships.team_id AS "
        "team_id, count(*) AS members FROM memberships WHERE memberships.points > $1 GROUP BY "
        "memberships.team_id) AS counted ON counted.team_id = teams.id");
  CHECK(postgresql(select<Team>(col<&Team::name>, col<&Counted::members>)
                       .with<Counted>(per_team)
                       .join<Counted>(col<&Counted::team_id> == col<&Team::id>)) ==
        "WITH counted (team_id, members) AS (SELECT memberships.team_id, count(*) FROM memberships "
        "WHERE memberships.points > $1 GROUP BY memberships.team_id) SELECT teams.name, "
        "counted.members FROM teams JOIN counted ON counted.team_id = teams.id");
}

TEST_CASE("a recursive query goes down a tree") {
  auto roots =
      select<Employee>(col<&Employee::id>, literal(std::int64_t{0})).where(boss == std::nullopt);
  auto below = select<Employee>(col<&Employee::id>, col<&Level::depth> + 1)
                   .join<Level>(boss == col<&Level::id>);
  CHECK(sqlite(select<Level>().with_recursive<Level>(roots, below)) ==
        "WITH RECURSIVE levels (id, depth) AS (SELECT employees.id, ? FROM employees WHERE "
        "employees.manager_id IS NULL UNION ALL SELECT employees.id, (levels.depth + ?) FROM "
        "employees JOIN levels ON employees.manager_id = levels.id) SELECT levels.id, levels.depth "
        "FROM levels");
}

TEST_CASE("unions, and an order of them") {
  auto names = select<Employee>(name);
  CHECK(sqlite(union_all(names, select<Team>(col<&Team::name>))) ==
        "SELECT employees.name FROM employees UNION ALL SELECT teams.name FROM teams");
  CHECK(sqlite(except(names, select<Team>(col<&Team::name>).order_by(col<&Team::id>).limit(1))) ==
        "SELECT employees.name FROM employees EXCEPT SELECT * FROM (SELECT teams.name FROM teams "
        "ORDER BY teams.id LIMIT ?) AS part");
  auto ids =
      union_(select<Team>(col<&Team::id>, literal(1)), select<User>(col<&User::id>, literal(2)));
  CHECK(sqlite(select<Level>().from(ids).order_by(col<&Level::depth>)) ==
        "SELECT levels.id, levels.depth FROM (SELECT teams.id AS id, ? AS depth FROM teams UNION "
        "SELECT users.id AS id, ? AS depth FROM users) AS levels ORDER BY levels.depth");
}

TEST_CASE("rows are locked as told; SQLite has its one writer instead") {
  auto job = [] { return select<Team>(col<&Team::id>).join<&Membership::team_id>(); };
  auto tail = [](const auto& query) {
    auto sql = postgresql(query);
    return sql.substr(sql.find(" FOR "));
  };
  CHECK(tail(job().with_for_update()) == " FOR UPDATE");
  CHECK(tail(job().with_for_update<Team>({.skip_locked = true})) ==
        " FOR UPDATE OF teams SKIP LOCKED");
  CHECK(tail(job().with_for_update({.nowait = true, .read = true})) == " FOR SHARE NOWAIT");
  CHECK(tail(job().with_for_update({.key_share = true})) == " FOR NO KEY UPDATE");
  CHECK_THROWS_AS(postgresql(job().with_for_update({.skip_locked = true, .nowait = true})),
                  ProgrammingError);
  CHECK(sqlite(job().with_for_update({.nowait = true})).find(" FOR ") == std::string::npos);
}

TEST_CASE("an insert may take a select's rows, or change the row in its way") {
  CHECK(postgresql(insert<Team>().from_select(select<Employee>(name).where(salary > 1),
                                              col<&Team::name>)) ==
        "INSERT INTO teams (name) SELECT employees.name FROM employees WHERE employees.salary > "
        "$1");
  auto copied =
      insert<User>()
          .from_select(select<Employee>(name, name), col<&User::email>, col<&User::hashed_password>)
          .on_conflict_do_nothing(lower(col<&User::email>));
  CHECK(postgresql(copied) ==
        "INSERT INTO users (email, hashed_password, is_active) SELECT employees.name, "
        "employees.name, $1 FROM employees ON CONFLICT (lower(email)) DO NOTHING");
  CHECK(sqlite(copied) ==
        "INSERT INTO users (email, hashed_password, is_active) SELECT employees.name, "
        "employees.name, ? FROM employees WHERE true ON CONFLICT (lower(email)) DO NOTHING");

  auto upsert = insert(ada())
                    .on_conflict_do_update(col<&User::email>)
                    .index_where(col<&User::is_active>)
                    .set(col<&User::hashed_password> = excluded<&User::hashed_password>,
                         col<&User::is_active> = true)
                    .where(col<&User::hashed_password> != excluded<&User::hashed_password>)
                    .returning(col<&User::id>);
  CHECK(postgresql(upsert) ==
        "INSERT INTO users (email, hashed_password, is_active) VALUES ($1, $2, $3) ON CONFLICT "
        "(email) WHERE is_active DO UPDATE SET hashed_password = excluded.hashed_password, "
        "is_active = $4 WHERE users.hashed_password != excluded.hashed_password RETURNING id");
  CHECK_THROWS_AS(sqlite(insert(ada()).on_conflict_do_update(col<&User::email>)), ProgrammingError);
  auto two = std::vector<Team>{{.name = "a"}, {.name = "b"}};
  CHECK(sqlite(insert<Team>().values(two)) == "INSERT INTO teams (name) VALUES (?), (?)");
}

TEST_CASE("update and delete by a subquery, giving rows back") {
  auto idle = select<Membership>(col<&Membership::user_id>).where(col<&Membership::points> == 0);
  CHECK(postgresql(update<User>()
                       .set(col<&User::is_active> = false)
                       .where(col<&User::id>.in(idle))
                       .returning(col<&User::id>, col<&User::email>)) ==
        "UPDATE users SET is_active = $1 WHERE users.id IN (SELECT memberships.user_id FROM "
        "memberships WHERE memberships.points = $2) RETURNING id, email");
  auto memberships =
      select<Membership>().correlate<User>().where(col<&Membership::user_id> == col<&User::id>);
  CHECK(postgresql(delete_from<User>().where(!exists(memberships)).returning()) ==
        "DELETE FROM users WHERE NOT (EXISTS (SELECT memberships.team_id, memberships.user_id, "
        "memberships.points, memberships.note FROM memberships WHERE memberships.user_id = "
        "users.id)) RETURNING id, email, hashed_password, is_active, created_at");
}

TEST_CASE("too many parameters are an error that says what to do") {
  auto ids = std::vector<std::int32_t>(40'000, 1);
  auto query = select<User>(col<&User::id>).where(col<&User::id>.in(ids));
  CHECK_THROWS_WITH_AS(sqlite(query),
                       "a statement with 40000 parameters, but the database takes 32766; insert "
                       "many rows by session.bulk_insert(), read many by parts",
                       ProgrammingError);
  CHECK(postgresql(query).size() > 40'000);
}

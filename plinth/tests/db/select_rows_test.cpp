// What each form of a query gives: rows of a small company.
#include <doctest/doctest.h>

#include "models.hpp"
#include "support/database.hpp"

using namespace models;

namespace {

struct Depth {
  static constexpr auto table = "depths";
  Column<std::int64_t> id;
  Column<std::int64_t> depth;
};

struct Database {
  support::TestDatabase database;
  Engine engine{database.url()};
  Database() {
    create_all<User, Team, Membership, Employee>(engine);
    run([](Engine& engine) -> Task<void> {
      auto session = engine.session();
      session.add(Employee{.name = "Ada",
                           .manager_id = std::nullopt,
                           .salary = 100,
                           .rate = Decimal{"1.50"},
                           .score = 2.5});
      co_await session.flush();
      session.add(Employee{
          .name = "Bob", .manager_id = 1, .salary = 70, .rate = Decimal{"0.70"}, .score = -1.5});
      co_await session.flush();
      session.add(Employee{
          .name = "Cy", .manager_id = 2, .salary = 7, .rate = Decimal{"10.00"}, .score = 0});
      co_await session.commit();
    }(engine));
  }
  template <class Q>
  auto all(Q query) {
    return run([](Engine& engine, Q of) -> Task<std::vector<typename Q::row_type>> {
      auto session = engine.session();
      auto rows = co_await session.all(std::move(of));
      co_await session.commit();
      co_return rows;
    }(engine, std::move(query)));
  }
  template <class E>
  typename E::value_type value(const E& expression) {
    return all(select<Employee>(expression).where(col<&Employee::name> == "Bob")).at(0);
  }
};

using Names = std::vector<std::string>;

constexpr auto name = col<&Employee::name>;
constexpr auto salary = col<&Employee::salary>;
constexpr auto rate = col<&Employee::rate>;
constexpr auto score = col<&Employee::score>;
constexpr auto boss = col<&Employee::manager_id>;

}  // namespace

TEST_CASE("expressions have the values that their C++ types say") {
  Database db;
  CHECK(db.value(salary / 3) == 23);
  CHECK(db.value(-salary / 3) == -23);
  CHECK_FALSE(db.value(salary / 0).has_value());
  CHECK_FALSE(db.value(salary % (salary - 70)).has_value());
  CHECK(db.value(salary % 4) == 2);
  CHECK(db.value(salary + 0.5) == 70.5);
  CHECK(db.value(salary + 3'000'000'000) == 3'000'000'070);
  CHECK(db.value(rate * 3).text == support::by_engine("2.1", "2.10"));
  CHECK(db.value(rate * 2 > Decimal{"1.3"}));
  CHECK_FALSE(db.value(rate * 2 > Decimal{"10.3"}));
  CHECK(db.value(cast<std::int64_t>(score)) == -1);
  CHECK(db.value(cast<std::string>(salary)) == "70");
  CHECK(db.value(cast<double>(salary)) == 70.0);
  CHECK(db.value(name + "by") == "Bobby");
  CHECK(db.value(concat("<", name, ">")) == "<Bob>");
  CHECK(db.value(coalesce(boss, 9)) == 1);
  CHECK_FALSE(db.value(nullif(name, "Bob")).has_value());
  CHECK(db.value(case_<std::string>()
                     .when(salary > 80, "high")
                     .when(salary > 50, "middle")
                     .else_("low")) == "middle");
  CHECK_FALSE(db.value(case_<std::int64_t>().when(salary > 80, 1).end()).has_value());
  CHECK(db.value(boss == 1) == true);
  CHECK(db.value(func::length(name)) == 3);
  CHECK(db.value(func::abs(score)) == 1.5);
  CHECK(db.value(literal("x")) == "x");
  CHECK(db.value(literal(Decimal{"0.5"})).text == "0.5");
  CHECK(db.value(sql<std::int64_t>("? + 1", salary)) == 71);
  CHECK(db.value(func::call<"substr", std::string>(name, 2, 1)) == "o");
  CHECK(db.value(boss.is_distinct_from(std::optional<std::int64_t>())));
}

TEST_CASE("sums, averages and counts") {
  Database db;
  auto row = db.all(select<Employee>(count(), count(boss), count(distinct(boss)), func::sum(salary),
                                     func::sum(rate), func::avg(salary), func::min(name),
                                     func::max(score)))
                 .at(0);
  CHECK(std::get<0>(row) == 3);
  CHECK(std::get<1>(row) == 2);
  CHECK(std::get<2>(row) == 2);
  CHECK(std::get<3>(row) == 177);
  CHECK(std::get<4>(row)->text == support::by_engine("12.2", "12.20"));
  CHECK(std::get<5>(row) == 59.0);
  CHECK(std::get<6>(row) == "Ada");
  CHECK(std::get<7>(row) == 2.5);
  auto none = db.all(select<Employee>(func::sum(salary)).where(salary > 1000)).at(0);
  CHECK_FALSE(none.has_value());
  auto grouped =
      db.all(select<Employee>(boss, count()).group_by(boss).having(count() > 0).order_by(boss));
  REQUIRE(grouped.size() == 3);
  CHECK(std::get<0>(grouped[0]) == 1);
  CHECK_FALSE(std::get<0>(grouped[2]).has_value());
}

TEST_CASE("NULL comes last, descending first") {
  Database db;
  CHECK(db.all(select<Employee>(name).order_by(boss)) == Names{"Bob", "Cy", "Ada"});
  CHECK(db.all(select<Employee>(name).order_by(desc(boss))) == Names{"Ada", "Cy", "Bob"});
  CHECK(db.all(select<Employee>(name).order_by(desc(boss).nulls_last())) ==
        Names{"Cy", "Bob", "Ada"});
}

TEST_CASE("a joined object may be missing, and other values stand beside objects") {
  Database db;
  auto rows = db.all(select<Employee, std::optional<Manager>>()
                         .outer_join<Manager>(boss == Manager::col<&Employee::id>)
                         .order_by(name));
  REQUIRE(rows.size() == 3);
  CHECK(*std::get<0>(rows[0]).name == "Ada");
  CHECK_FALSE(std::get<1>(rows[0]).has_value());
  CHECK(*std::get<1>(rows[1])->name == "Ada");
  CHECK(*std::get<1>(rows[2])->name == "Bob");

  auto staff = select<Manager>(count()).correlate<Employee>().where(
      Manager::col<&Employee::manager_id> == col<&Employee::id>);
  auto counted = db.all(select<Employee>(entity<Employee>, staff.scalar_subquery())
                            .where(exists(staff))
                            .order_by(name));
  REQUIRE(counted.size() == 3);  // count(*) is a row, also of nothing
  CHECK(*std::get<0>(counted[0]).name == "Ada");
  CHECK(std::get<1>(counted[0]) == 1);
  CHECK(std::get<1>(counted[2]) == 0);

  auto below = select<Manager>().correlate<Employee>().where(Manager::col<&Employee::manager_id> ==
                                                             col<&Employee::id>);
  CHECK(db.all(select<Employee>(name).where(!exists(below))) == Names{"Cy"});
  CHECK(db.all(select<Employee>(name).where(
            col<&Employee::id>.in(select<Employee>(boss).where(salary < 50)))) == Names{"Bob"});
}

TEST_CASE("a tree is read level by level") {
  Database db;
  auto roots =
      select<Employee>(col<&Employee::id>, literal(std::int64_t{0})).where(boss == std::nullopt);
  auto below = select<Employee>(col<&Employee::id>, col<&Depth::depth> + 1)
                   .join<Depth>(boss == col<&Depth::id>);
  auto levels = db.all(select<Employee>(name, col<&Depth::depth>)
                           .with_recursive<Depth>(roots, below)
                           .join<Depth>(col<&Depth::id> == col<&Employee::id>)
                           .order_by(desc(col<&Depth::depth>)));
  using Level = std::tuple<std::string, std::int64_t>;
  CHECK(levels == std::vector<Level>{{"Cy", 2}, {"Bob", 1}, {"Ada", 0}});
}

TEST_CASE("unions keep or drop what is there twice") {
  Database db;
  auto all = select<Employee>(name).where(salary > 50);
  auto some = select<Employee>(name).where(salary > 80);
  CHECK(db.all(union_all(all, some)).size() == 3);
  CHECK(db.all(union_(all, some)).size() == 2);
  CHECK(db.all(except(all, some)) == Names{"Bob"});
  CHECK(db.all(intersect(all, some.order_by(name).limit(1))) == Names{"Ada"});
}

TEST_CASE("an insert that finds its row changes it") {
  Database db;
  auto upsert = [](std::string team, const char* suffix) {
    return insert<Team>()
        .values(col<&Team::name> = team)
        .on_conflict_do_update(col<&Team::name>)
        .set(col<&Team::name> = excluded<&Team::name> + suffix)
        .returning(col<&Team::name>);
  };
  CHECK(db.all(upsert("red", "?")) == Names{"red"});
  CHECK(db.all(upsert("red", "!")) == Names{"red!"});
  CHECK(db.all(insert<Team>()
                   .from_select(select<Employee>(name), col<&Team::name>)
                   .on_conflict_do_nothing()
                   .returning(col<&Team::name>)) == Names{"Ada", "Bob", "Cy"});
  CHECK(db.all(delete_from<Team>()
                   .where(col<&Team::name>.in(select<Employee>(name).where(salary > 50)))
                   .returning(col<&Team::name>)) == Names{"Ada", "Bob"});
  CHECK(db.all(select<Team>(col<&Team::name>).order_by(col<&Team::name>)) == Names{"Cy", "red!"});
}

#include <doctest/doctest.h>

#include <array>

#include "models.hpp"
#include "support/database.hpp"

using namespace models;
using support::by_engine;
using support::TestDatabase;

namespace {

// A database with the tables of models.hpp.
struct Database {
  TestDatabase database;
  Engine engine{database.url()};
  Database() { create_all<User, Team, Membership>(engine); }
};

Task<std::int64_t> user_count(Session& session) {
  co_return co_await session.one(select<User>(count()));
}

}  // namespace

TEST_CASE("an added object has its id and server defaults after commit") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    auto user = ada();
    session.add(user);
    co_await session.commit();
    CHECK(*user.id == 1);
    CHECK(user.created_at->microseconds > 1'700'000'000'000'000);
    CHECK_FALSE(user.created_at->naive);

    auto found = co_await session.one_or_none(
        select<User>().where(lower(col<&User::email>) == lower("ADA@example.COM")));
    REQUIRE(found.has_value());
    CHECK(*found->id == 1);
    CHECK(*found->email == "ada@example.com");
    CHECK(*found->is_active);
    CHECK(*found->created_at == *user.created_at);
  }(database.engine));
}

TEST_CASE("an object that was read has its changed columns updated, and no others") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(ada());
    co_await session.commit();

    auto mine = co_await session.get<User>(1);
    REQUIRE(mine.has_value());
    co_await session.execute(
        update<User>().set(col<&User::is_active> = false).where(col<&User::id> == 1));
    co_await session.commit();

    mine->email = "countess@example.com";
    session.add(*mine);
    co_await session.commit();

    auto after = co_await session.get<User>(1);
    CHECK(*after->email == "countess@example.com");
    CHECK_FALSE(*after->is_active);  // is what the other wrote, not what was read before
  }(database.engine));
}

TEST_CASE("a column copied from another row is a change") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(User{.email = "a@example.com", .hashed_password = "first"});
    session.add(User{.email = "b@example.com", .hashed_password = "second"});
    co_await session.commit();
    auto first = co_await session.get<User>(1);
    auto second = co_await session.get<User>(2);
    first->hashed_password = second->hashed_password;
    session.add(*first);
    co_await session.commit();
    CHECK(*(co_await session.get<User>(1))->hashed_password == "second");
  }(database.engine));
}

TEST_CASE("what was not committed is not there") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    {
      auto session = engine.session();
      auto user = ada();
      session.add(user);
      co_await session.flush();
      CHECK(*user.id == 1);
      CHECK(session.in_transaction());
      CHECK(co_await user_count(session) == 1);  // sees its own changes
    }
    auto session = engine.session();
    CHECK(co_await user_count(session) == 0);

    session.add(ada());
    co_await session.flush();
    co_await session.rollback();
    CHECK_FALSE(session.in_transaction());
    CHECK(co_await user_count(session) == 0);

    session.add(ada());
    co_await session.close();
    co_await session.commit();
    CHECK(co_await user_count(session) == 0);
  }(database.engine));
}

TEST_CASE("one, one_or_none, first and all tell how many rows they want") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    CHECK_FALSE((co_await session.first(select<Team>())).has_value());
    CHECK((co_await session.all(select<Team>())).empty());
    bool none = false;
    try {
      co_await session.one(select<Team>());
    } catch (const NoResultFound&) {
      none = true;
    }
    CHECK(none);

    for (const char* name : {"red", "green", "blue"}) session.add(Team{.name = name});
    co_await session.commit();
    auto names =
        co_await session.scalars(select<Team>(col<&Team::name>).order_by(asc(col<&Team::name>)));
    CHECK(names == std::vector<std::string>{"blue", "green", "red"});
    auto page =
        co_await session.all(select<Team>().order_by(desc(col<&Team::id>)).limit(1).offset(1));
    REQUIRE(page.size() == 1);
    CHECK(*page[0].name == "green");
    CHECK(*(co_await session.first(select<Team>().order_by(col<&Team::id>)))->name == "red");
    CHECK(co_await session.scalar(select<Team>(func::max(col<&Team::id>))) ==
          std::optional<std::optional<std::int64_t>>(3));

    int many = 0;
    try {
      co_await session.one(select<Team>());
    } catch (const MultipleResultsFound&) {
      ++many;
    }
    try {
      co_await session.one_or_none(select<Team>());
    } catch (const MultipleResultsFound&) {
      ++many;
    }
    CHECK(many == 2);
  }(database.engine));
}

TEST_CASE("insert, update and delete say how many rows, and return what is asked") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    auto id = co_await session.scalar(
        insert<Team>().values(col<&Team::name> = "red").returning(col<&Team::id>));
    CHECK(id == 1);
    auto two = co_await session.execute(
        insert<Team>().values(col<&Team::name> = "green").values(col<&Team::name> = "blue"));
    CHECK(two.rowcount == 2);
    auto again = co_await session.scalar(insert<Team>()
                                             .values(col<&Team::name> = "red")
                                             .on_conflict_do_nothing(col<&Team::name>)
                                             .returning(col<&Team::id>));
    CHECK_FALSE(again.has_value());

    auto updated = co_await session.execute(
        update<Team>().set(col<&Team::id> = col<&Team::id> + 10).where(col<&Team::id> >= 2));
    CHECK(updated.rowcount == 2);
    auto gone =
        co_await session.all(delete_from<Team>().where(col<&Team::id>.in({1, 12})).returning());
    REQUIRE(gone.size() == 2);
    CHECK(*gone[0].name == "red");
    CHECK(*gone[1].name == "green");
    co_await session.commit();
    CHECK(co_await session.one(select<Team>(count())) == 1);
  }(database.engine));
}

TEST_CASE("insert gives the columns that were not named their C++ defaults") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    auto user = co_await session.one(
        insert<User>()
            .values(col<&User::email> = "a@example.com", col<&User::hashed_password> = "x")
            .returning());
    CHECK(*user.is_active);
    CHECK(*user.id == 1);
  }(database.engine));
}

TEST_CASE("a join gives tuples") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(ada());
    session.add(Team{.name = "red"});
    session.add(Membership{.team_id = 1, .user_id = 1, .points = 7});
    co_await session.commit();
    auto rows = co_await session.all(
        select<Membership, User, Team>()
            .join<User>(col<&Membership::user_id> == col<&User::id>)
            .join<Team>(col<&Membership::team_id> == col<&Team::id>)
            .where(col<&Team::name> == "red" && col<&Membership::note>.is_null()));
    REQUIRE(rows.size() == 1);
    CHECK(*std::get<0>(rows[0]).points == 7);
    CHECK(*std::get<1>(rows[0]).email == "ada@example.com");
    CHECK(*std::get<2>(rows[0]).name == "red");
    auto sums = co_await session.all(
        select<Membership>(col<&Membership::team_id>, func::sum(col<&Membership::points>))
            .group_by(col<&Membership::team_id>)
            .having(func::sum(col<&Membership::points>) > 5));
    CHECK(sums == std::vector{std::tuple{std::int64_t{1}, std::optional<std::int64_t>(7)}});
  }(database.engine));
}

TEST_CASE("refresh reads what others wrote; delete_ removes; a stale object says so") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    auto team = Team{.name = "red"};
    session.add(team);
    co_await session.commit();
    co_await session.execute(update<Team>().set(col<&Team::name> = "blue"));
    co_await session.refresh(team);
    CHECK(*team.name == "blue");
    co_await session.delete_(team);
    co_await session.commit();

    int stale = 0;
    try {
      co_await session.refresh(team);
    } catch (const NoResultFound&) {
      ++stale;
    }
    team.name = "green";
    session.add(team);
    try {
      co_await session.commit();
    } catch (const StaleDataError&) {
      ++stale;
    }
    try {
      co_await session.delete_(team);
    } catch (const StaleDataError&) {
      ++stale;
    }
    CHECK(stale == 3);
    CHECK_FALSE(session.in_transaction());
  }(database.engine));
}

TEST_CASE("raw SQL binds its values and gives rows by name") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await session.execute(text("INSERT INTO teams (name) VALUES (?), (?)", "red", "'; --"));
    CHECK(session.in_transaction());
    co_await session.commit();

    auto result = co_await session.execute(text("SELECT id, name AS \"is?\" FROM teams"));
    CHECK_FALSE(session.in_transaction());
    CHECK(result.columns == std::vector<std::string>{"id", "is?"});
    REQUIRE(result.rows.size() == 2);
    CHECK(std::get<std::string>(result.rows[1][1]) == "'; --");

    auto pairs = co_await session.all(
        text<std::tuple<std::int64_t, std::string>>("SELECT id, name FROM teams ORDER BY id"));
    CHECK(std::get<1>(pairs[0]) == "red");
    auto teams = co_await session.all(text<Team>("SELECT * FROM teams WHERE id = ?", 2));
    CHECK(*teams.at(0).name == "'; --");
  }(database.engine));
}

TEST_CASE("raw SQL does not touch the engine's transactions and settings") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    for (const std::string sql :
         {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT x", "RELEASE x", "SELECT 1; SELECT 2", "",
          "-- nothing", "SELEC 1", "SELECT * FROM nowhere", "SELECT ?",
          by_engine("PRAGMA foreign_keys = OFF", "PREPARE TRANSACTION 'x'"),
          by_engine("ATTACH ':memory:' AS other", "END")}) {
      CAPTURE(sql);
      auto session = engine.session();
      session.add(Team{.name = "red"});
      co_await session.flush();
      bool refused = false;
      try {
        co_await session.execute(text(sql));
      } catch (const ProgrammingError&) {
        refused = true;
      }
      CHECK(refused);
    }
    auto session = engine.session();
    CHECK(co_await session.one(select<Team>(count())) == 0);
    auto columns = text(by_engine("PRAGMA table_info(teams)",
                                  "SELECT * FROM information_schema.columns WHERE table_name = "
                                  "'teams'"));
    CHECK((co_await session.execute(columns)).rows.size() == 2);
  }(database.engine));
}

TEST_CASE("a savepoint is undone alone, or kept") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(Team{.name = "kept before"});
    {
      auto savepoint = co_await session.begin_nested();
      session.add(Team{.name = "rolled back"});
      co_await session.flush();
      co_await savepoint.rollback();
    }
    {
      auto savepoint = co_await session.begin_nested();
      session.add(Team{.name = "kept"});
      auto inner = co_await session.begin_nested();
      session.add(Team{.name = "inner"});
      co_await inner.commit();
      co_await savepoint.commit();
    }
    {
      auto savepoint = co_await session.begin_nested();
      session.add(Team{.name = "left"});
      co_await session.flush();
      session.add(Team{.name = "never flushed"});
    }
    session.add(Team{.name = "kept after"});
    co_await session.commit();
    auto names = co_await session.all(select<Team>(col<&Team::name>).order_by(col<&Team::id>));
    CHECK(names == std::vector<std::string>{"kept before", "kept", "inner", "kept after"});
  }(database.engine));
}

TEST_CASE("an error inside a savepoint leaves the transaction as it was before it") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(Team{.name = "red"});
    bool refused = false;
    {
      auto savepoint = co_await session.begin_nested();
      try {
        session.add(Team{.name = "blue"});
        session.add(Team{.name = "red"});
        co_await savepoint.commit();
      } catch (const IntegrityError&) {
        refused = true;
      }
    }
    CHECK(refused);
    CHECK(session.in_transaction());
    session.add(Team{.name = "green"});
    co_await session.commit();
    auto names = co_await session.all(select<Team>(col<&Team::name>).order_by(col<&Team::id>));
    CHECK(names == std::vector<std::string>{"red", "green"});
  }(database.engine));
}

TEST_CASE("a savepoint that outlived its transaction says so") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    auto savepoint = co_await session.begin_nested();
    co_await session.commit();
    bool refused = false;
    try {
      co_await savepoint.commit();
    } catch (const ProgrammingError&) {
      refused = true;
    }
    CHECK(refused);
    co_await session.begin();
    co_await savepoint.rollback();
    CHECK(session.in_transaction());
  }(database.engine));
}

TEST_CASE("a Session is for one Task at a time") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    auto first = session.execute(text("SELECT 1"));
    first.start();
    bool refused = false;
    try {
      co_await session.execute(text("SELECT 2"));
    } catch (const ProgrammingError&) {
      refused = true;
    }
    CHECK(refused);
  }(database.engine));
}

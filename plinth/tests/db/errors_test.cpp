#include <doctest/doctest.h>

#include "caught.hpp"
#include "db/url.hpp"
#include "models.hpp"
#include "support/database.hpp"

using namespace models;
using support::by_engine;
using support::TestDatabase;

namespace {

std::string url_refusal(const char* url) {
  try {
    const Engine engine(url);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a DATABASE_URL that is not understood says what to write") {
  struct Row {
    const char* url;
    const char* expected;
  };
  const Row rows[] = {
      {"mysql://root@localhost/app",
       "DATABASE_URL: unknown driver \"mysql\"; use postgresql:// or sqlite://"},
      {"", "DATABASE_URL: is empty; for a file use sqlite:///app.db"},
      {"app.db", "DATABASE_URL: no url; use postgresql://… or sqlite:///app.db"},
      {"sqlite://app.db",
       "DATABASE_URL: \"sqlite://app.db\" has a host, and SQLite has none; for a file use "
       "sqlite:///app.db"},
      {"sqlite:///app.db?mode=ro", "DATABASE_URL: \"?mode=ro\" is not understood; leave it out"},
      {"sqlite:///app.db", "accepted"},
      {"sqlite+aiosqlite:///app.db", "accepted"},
      {"sqlite://", "accepted"},
      {"postgresql://u:p@db:5433/app?sslmode=require", "accepted"},
      {"postgresql+asyncpg://u:p@db/app", "accepted"},
      {"postgres://db/app", "accepted"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.url));
    CHECK(url_refusal(row.url) == row.expected);
  }
  CHECK(db::parse_url("sqlite:///data/app.db").path == "data/app.db");
  CHECK(db::parse_url("sqlite:////data/app.db").path == "/data/app.db");
  CHECK(db::parse_url("sqlite:///:memory:").path == ":memory:");
  CHECK(db::parse_url("sqlite+aiosqlite://").path == ":memory:");
}

TEST_CASE("a url is shown without its password") {
  CHECK(db::without_password("postgresql://ada:s:e@cret@db:5432/app") ==
        "postgresql://ada:***@db:5432/app");
  CHECK(db::without_password("postgresql://ada@db/app") == "postgresql://ada@db/app");
  CHECK(db::without_password("sqlite:////a:b@c/app.db") == "sqlite:////a:b@c/app.db");
}

TEST_CASE("a constraint that was violated is named") {
  const TestDatabase database;
  Engine engine(database.url());
  create_all<User, Team, Membership>(engine);
  using Kind = IntegrityError::Kind;
  auto add_twice = [](auto first, auto second) {
    return [=](Engine& on) -> Task<void> {
      auto session = on.session();
      auto one = first;
      auto other = second;
      session.add(one);
      session.add(other);
      co_await session.commit();
    };
  };
  auto name = caught<IntegrityError>(engine, add_twice(Team{.name = "red"}, Team{.name = "red"}));
  CHECK(name.kind == Kind::unique);
  CHECK(name.table == "teams");
  CHECK(name.columns == std::vector<std::string>{"name"});
  CHECK(std::string(name.what()) ==
        by_engine("UNIQUE constraint failed: teams.name",
                  "duplicate key value violates unique constraint \"teams_name_key\""));

  auto lower_case = caught<IntegrityError>(
      engine, add_twice(ada(), User{.email = "ADA@example.com", .hashed_password = "x"}));
  CHECK(lower_case.kind == Kind::unique);
  CHECK(lower_case.constraint == "uq_users_email_lower");

  auto key = caught<IntegrityError>(
      engine, add_twice(Team{.id = 1, .name = "a"}, Team{.id = 1, .name = "b"}));
  CHECK(key.kind == Kind::unique);
  CHECK(key.columns == std::vector<std::string>{"id"});

  auto foreign = caught<IntegrityError>(engine, [](Engine& on) -> Task<void> {
    auto session = on.session();
    session.add(Membership{.team_id = 1, .user_id = 1});
    co_await session.commit();
  });
  CHECK(foreign.kind == Kind::foreign_key);

  auto check = caught<IntegrityError>(engine, [](Engine& on) -> Task<void> {
    auto session = on.session();
    session.add(ada());
    session.add(Team{.name = "red"});
    session.add(Membership{.team_id = 1, .user_id = 1, .points = -1});
    co_await session.commit();
  });
  CHECK(check.kind == Kind::check);
  CHECK(check.constraint == "ck_memberships_points");

  auto null = caught<IntegrityError>(engine, [](Engine& on) -> Task<void> {
    auto session = on.session();
    co_await session.execute(text("INSERT INTO teams (name) VALUES (NULL)"));
  });
  CHECK(null.kind == Kind::not_null);
  CHECK(null.columns == std::vector<std::string>{"name"});

  run([](Engine& on) -> Task<void> {
    auto session = on.session();
    CHECK(co_await session.one(select<User>(count())) == 0);  // each was rolled back as a whole
    CHECK(co_await session.one(select<Team>(count())) == 0);
  }(engine));
}

TEST_CASE("after an error the session may be used again") {
  const TestDatabase database;
  Engine engine(database.url());
  create_all<User, Team>(engine);
  run([](Engine& on) -> Task<void> {
    auto session = on.session();
    session.add(Team{.name = "red"});
    co_await session.commit();
    for (int i = 0; i < 3; ++i) {
      session.add(Team{.name = "green"});
      session.add(Team{.name = "red"});
      bool refused = false;
      try {
        co_await session.commit();
      } catch (const IntegrityError&) {
        refused = true;
      }
      CHECK(refused);
      CHECK_FALSE(session.in_transaction());
    }
    session.add(Team{.name = "blue"});
    co_await session.commit();
    CHECK(co_await session.one(select<Team>(count())) == 2);
  }(engine));
}

TEST_CASE("errors of values and of busy databases are answers, not crashes") {
  const HttpError& data = DataError("users.email cannot hold …");
  CHECK(data.status == 400);
  CHECK(std::string(data.what()) == "users.email cannot hold …");
  CHECK(data.detail == Json("A value cannot be stored"));
  const HttpError& busy = db::Unavailable("busy");
  CHECK(busy.status == 503);
  CHECK(busy.headers == HttpError::HeaderList{{"retry-after", "1"}});
}

TEST_CASE("a statement that takes too long is stopped, and it is 503") {
  const TestDatabase database;
  Engine engine(database.url(), {.statement_timeout = Seconds{1}});
  auto late = caught<db::Unavailable>(engine, [](Engine& on) -> Task<void> {
    auto session = on.session();
    co_await session.execute(
        text(by_engine("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "
                       "count(*) FROM n",
                       "SELECT pg_sleep(3600)")));
  });
  CHECK(std::string(late.what())
            .starts_with(by_engine("a statement took longer than its limit: WITH",
                                   "a statement took longer than its limit: SELECT pg_sleep")));
}

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "db/url.hpp"
#include "models.hpp"
#include "temporary.hpp"

using namespace models;

namespace {

std::string url_refusal(const char* url) {
  try {
    const Engine engine(url);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

template <class Error, class Function>
Error caught(Engine& engine, Function function) {
  try {
    run(function(engine));
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error of that kind");
  throw std::logic_error("unreachable");
}

std::string ping_failure(const std::string& url) {
  Engine engine(url);
  return caught<OperationalError>(engine, [](Engine& on) { return on.ping(); }).what();
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
      {"postgresql+asyncpg://u:p@db/app",
       "DATABASE_URL: this build has no PostgreSQL driver; use sqlite:///app.db"},
      {"postgres://db/app",
       "DATABASE_URL: this build has no PostgreSQL driver; use sqlite:///app.db"},
      {"", "DATABASE_URL: is empty; for a file use sqlite:///app.db"},
      {"app.db", "DATABASE_URL: no url; use postgresql://… or sqlite:///app.db"},
      {"sqlite://app.db",
       "DATABASE_URL: \"sqlite://app.db\" has a host, and SQLite has none; for a file use "
       "sqlite:///app.db"},
      {"sqlite:///app.db?mode=ro", "DATABASE_URL: \"?mode=ro\" is not understood; leave it out"},
      {"sqlite:///app.db", "accepted"},
      {"sqlite+aiosqlite:///app.db", "accepted"},
      {"sqlite://", "accepted"},
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
  Engine engine("sqlite:///:memory:");
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
  CHECK(std::string(name.what()) == "UNIQUE constraint failed: teams.name");

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
  Engine engine("sqlite:///:memory:");
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

TEST_CASE("a file that cannot serve says why") {
  const TemporaryDatabase database;
  const auto folder = database.folder().string();
  CHECK(ping_failure("sqlite:///" + folder + "/missing/app.db") ==
        "cannot open the database " + folder + "/missing/app.db: there is no directory " + folder +
            "/missing; make it first");
  CHECK(ping_failure("sqlite:///" + folder) ==
        "cannot open the database " + folder + ": it is a directory");

  std::ofstream(database.path()) << std::string(4096, 'x');
  CHECK(ping_failure(database.url()) == database.path().string() + " is not an SQLite database");
}

TEST_CASE("a damaged page is reported, and other pages can still be read") {
  const TemporaryDatabase database;
  {
    Engine engine(database.url());
    create_all<User, Team>(engine);
    run([](Engine& on) -> Task<void> {
      auto session = on.session();
      for (int i = 0; i < 2000; ++i) session.add(Team{.name = "team " + std::to_string(i)});
      session.add(ada());
      co_await session.commit();
    }(engine));
  }
  {
    // Behind the schema and the users' pages; the teams' tree is there.
    std::fstream file(database.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 8);
    for (int page = 0; page < 8; ++page) file << std::string(4096, '\x5a');
  }
  Engine engine(database.url());
  auto damaged = caught<OperationalError>(engine, [](Engine& on) -> Task<void> {
    auto session = on.session();
    co_await session.all(text<std::int64_t>("SELECT id FROM teams"));
  });
  CHECK(std::string(damaged.what()) ==
        "the database " + database.path().string() +
            " is damaged (database disk image is malformed); restore it from a backup, or see "
            "sqlite.org/recovery.html");
  run([](Engine& on) -> Task<void> {
    auto session = on.session();
    CHECK(co_await session.one(select<User>(count())) == 1);
  }(engine));
}

TEST_CASE("another process's lock is waited for, then it is 503") {
  const TemporaryDatabase database;
  Engine engine(database.url(), {.busy_timeout = Seconds{0}});
  create_all<Team>(engine);
  Engine other(database.url());
  run([](Engine& on, Engine& locking) -> Task<void> {
    auto holder = locking.session();
    co_await holder.begin();
    auto session = on.session();
    CHECK(co_await session.one(select<Team>(count())) == 0);  // who reads does not wait
    session.add(Team{.name = "red"});
    bool busy = false;
    try {
      co_await session.commit();
    } catch (const db::Unavailable&) {
      busy = true;
    }
    CHECK(busy);
    co_await holder.rollback();
    session.add(Team{.name = "red"});
    co_await session.commit();
  }(engine, other));
}

TEST_CASE("a statement that takes too long is stopped, and it is 503") {
  Engine engine("sqlite:///:memory:", {.statement_timeout = Seconds{1}});
  auto late = caught<db::Unavailable>(engine, [](Engine& on) -> Task<void> {
    auto session = on.session();
    co_await session.execute(
        text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) "
             "FROM n"));
  });
  CHECK(std::string(late.what()).starts_with("a statement took longer than its limit: WITH"));
}

// In a child, since the limit is of the whole process.
TEST_CASE("when the disk is full a commit fails as a whole, and reading goes on") {
  const TemporaryDatabase database;
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 256 * 1024, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Engine engine(database.url());
    create_all<User>(engine);
    ::_exit(run([](Engine& on) -> Task<int> {
      auto session = on.session();
      for (std::int64_t commits = 0; commits < 10'000; ++commits) {
        for (int half = 0; half < 2; ++half) {
          session.add(User{.email = std::to_string(commits) + "/" + std::to_string(half),
                           .hashed_password = std::string(128, 'x')});
        }
        bool full = false;
        try {
          co_await session.commit();
        } catch (const db::Unavailable&) {
          full = true;
        } catch (const OperationalError&) {
          full = true;
        }
        if (full) co_return co_await session.one(select<User>(count())) == 2 * commits ? 0 : 1;
      }
      co_return 2;
    }(engine)));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

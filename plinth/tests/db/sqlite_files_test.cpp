// SQLite's files: missing, damaged, locked by others, on a full disk.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "caught.hpp"
#include "models.hpp"
#include "temporary.hpp"

using namespace models;

TEST_SUITE_BEGIN("sqlite");

namespace {

std::string ping_failure(const std::string& url) {
  Engine engine(url);
  return caught<OperationalError>(engine, [](Engine& on) { return on.ping(); }).what();
}

}  // namespace

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

TEST_SUITE_END();

// Revisions that are not transactional: PostgreSQL's CREATE INDEX CONCURRENTLY and the like.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "migrate/setup.hpp"

using namespace plinth;
using setup::Database;
using setup::Lines;
using setup::step;
using support::on_postgresql;

namespace {

void make_users(Operations& op) {
  op.create_table("users", sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("email", sa::Text()), sa::PrimaryKeyConstraint("id"));
}

std::vector<Revision> with_index(void (*indexes)(Operations&)) {
  std::vector<Revision> revisions{step("aaaa", "", &make_users), step("bbbb", "aaaa", indexes)};
  revisions[1].transactional = false;
  return revisions;
}

void index_email(Operations& op) {
  op.create_index("ix_users_email", "users", {"email"},
                  {.unique = true, .postgresql_concurrently = true});
}

// "ix_users_email true": the indexes of users, and whether they are valid.
Lines indexes(const Database& database) {
  return database.column(
      "SELECT indexrelid::regclass::text || ' ' || indisvalid FROM pg_index WHERE indrelid = "
      "'users'::regclass AND NOT indisprimary ORDER BY 1");
}

pid_t upgrade_in_child(const Database& database) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const std::vector<std::string> words{"-q", "upgrade", "head"};
  ::_exit(migrate::run(database.database.url(), {.revisions = database.revisions}, words));
}

}  // namespace

TEST_CASE("a revision without transaction says so before it runs, and is one where it can be") {
  Database database{.revisions = with_index(&index_email)};
  const auto done = database.run({"upgrade", "head"});
  CHECK(done.code == 0);
  CHECK(database.run({"current"}).out == "bbbb (head)\n");
  const bool warned = done.log.find(
                          "WARNI [plinth.migrate] Revision bbbb is not transactional: if it is "
                          "interrupted, what it has done stays done; then run the same command "
                          "again\n") != std::string::npos;
  CHECK(warned == on_postgresql());  // on SQLite it is a transaction like others
  if (on_postgresql()) CHECK(indexes(database) == Lines{"ix_users_email true"});
}

TEST_CASE("an index that was left invalid is made again, and one that is there passed over") {
  if (!on_postgresql()) return;
  Database database{.revisions = with_index([](Operations& op) {
                      op.create_index("ix_users_id", "users", {"id"},
                                      {.postgresql_concurrently = true});
                      index_email(op);
                    })};
  REQUIRE(database.run({"upgrade", "aaaa"}).code == 0);
  database.execute({"INSERT INTO users (id, email) VALUES (1, 'x'), (2, 'x')"});
  const auto failed = database.run({"upgrade", "head"});
  CHECK(failed.code == 1);
  CHECK(failed.log.find("Revision bbbb (bbbb) is not transactional and stopped half done: ") !=
        std::string::npos);
  CHECK(indexes(database) == Lines{"ix_users_email false", "ix_users_id true"});
  CHECK(database.run({"current"}).out == "aaaa\n");

  database.execute({"DELETE FROM users WHERE id = 2"});
  const auto done = database.run({"upgrade", "head"});
  CHECK(done.code == 0);
  CHECK(done.log.find("Index ix_users_id is there already\n") != std::string::npos);
  CHECK(done.log.find("Index ix_users_email was left invalid by an interrupted run; it is made "
                      "again\n") != std::string::npos);
  CHECK(indexes(database) == Lines{"ix_users_email true", "ix_users_id true"});
  CHECK(database.run({"current"}).out == "bbbb (head)\n");
}

TEST_CASE("an enum value may be used in a revision without transaction, and added twice") {
  if (!on_postgresql()) return;
  Database database{.revisions = with_index([](Operations& op) {
                      op.add_enum_value("mood", "glad", {.after = "sad"});
                      op.execute("INSERT INTO moods VALUES ('glad')");
                    })};
  database.execute({"CREATE TYPE mood AS ENUM ('sad', 'mad')", "CREATE TABLE moods (mood mood)",
                    "ALTER TYPE mood ADD VALUE 'glad' AFTER 'sad'"});
  CHECK(database.run({"upgrade", "head"}).code == 0);
  CHECK(database.column("SELECT mood::text FROM moods") == Lines{"glad"});
}

// A lock that waits inside of a statement would keep CREATE INDEX CONCURRENTLY waiting for ever.
TEST_CASE("of many upgrades at once one makes the index, and the others find it made") {
  for (int round = 0; round < 3; ++round) {
    const Database database{.revisions = with_index(&index_email)};
    std::vector<pid_t> children;
    for (int i = 0; i < 5; ++i) children.push_back(upgrade_in_child(database));
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      CHECK(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) == 0);
    }
    CHECK(database.column("SELECT version_num FROM alembic_version") == Lines{"bbbb"});
  }
}

TEST_CASE("after kill -9 at any moment the same command ends the work") {
  if (!on_postgresql()) return;
  for (int delay_us = 1'000; delay_us < 60'000; delay_us += 4'000) {
    Database database{.revisions = with_index(&index_email)};
    REQUIRE(database.run({"upgrade", "aaaa"}).code == 0);
    const pid_t child = upgrade_in_child(database);
    ::usleep(static_cast<useconds_t>(delay_us));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    support::wait_until_alone(database.database.direct_url());
    CAPTURE(delay_us);
    CHECK(database.run({"upgrade", "head"}).code == 0);
    CHECK(indexes(database) == Lines{"ix_users_email true"});
    CHECK(database.run({"current"}).out == "bbbb (head)\n");
  }
}

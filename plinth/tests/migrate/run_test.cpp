#include <doctest/doctest.h>

#include "capture.hpp"
#include "revisions.hpp"
#include "support/database.hpp"

using namespace plinth;
using capture::TemporaryFolder;
using support::by_engine;
using support::on_postgresql;
using support::Place;
using support::TestDatabase;
using Lines = std::vector<std::string>;

namespace {

// A database and the commands on it.
struct Setup {
  TemporaryFolder folder;
  TestDatabase database{Place::disk};
  std::vector<Revision> revisions = history::revisions();

  capture::Printed run(std::vector<std::string> words) {
    return capture::migrate(folder, database.url(), revisions, std::move(words));
  }
  Lines column(const char* sql) {
    Engine engine(database.url());
    return plinth::run([](Engine& on, const char* query) -> Task<Lines> {
      auto session = on.session();
      co_return co_await session.all(text<std::string>(query));
    }(engine, sql));
  }
  void execute(std::string statement) {
    Engine engine(database.url());
    plinth::run(db::execute_all(engine, {std::move(statement)}));
  }
  Lines schema() {
    if (on_postgresql()) return support::schema_of_postgresql(database.direct_url());
    return column(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'view' ORDER BY rowid");
  }
  Lines tables() {
    return column(by_engine("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
                            "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND "
                            "relnamespace = 'public'::regnamespace ORDER BY relname"));
  }
};

// What a command says before its steps.
std::string context() {
  return by_engine(
      "INFO  [alembic.runtime.migration] Context impl SQLiteImpl.\n"
      "INFO  [alembic.runtime.migration] Will assume transactional DDL.\n",
      "INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.\n"
      "INFO  [alembic.runtime.migration] Will assume transactional DDL.\n");
}

const char* const users_sql =
    "CREATE TABLE users (\n"
    "\tid INTEGER NOT NULL, \n"
    "\temail VARCHAR(320) NOT NULL, \n"
    "\thashed_password VARCHAR(128) NOT NULL, \n"
    "\tis_active BOOLEAN NOT NULL, \n"
    "\tcreated_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, \n"
    "\tPRIMARY KEY (id)\n)";

const Lines at_users_on_sqlite{
    "CREATE TABLE alembic_version (\n\tversion_num VARCHAR(32) NOT NULL, \n\tCONSTRAINT "
    "alembic_version_pkc PRIMARY KEY (version_num)\n)",
    users_sql, "CREATE UNIQUE INDEX ix_users_email ON users (email)"};

const Lines at_users_on_postgresql{
    "alembic_version.version_num character varying(32) NOT NULL",
    "alembic_version: alembic_version_pkc PRIMARY KEY (version_num)",
    "users.id integer NOT NULL DEFAULT nextval('users_id_seq'::regclass)",
    "users.email character varying(320) NOT NULL",
    "users.hashed_password character varying(128) NOT NULL",
    "users.is_active boolean NOT NULL",
    "users.created_at timestamp with time zone NOT NULL DEFAULT now()",
    "users: users_pkey PRIMARY KEY (id)",
    "users: CREATE UNIQUE INDEX ix_users_email ON public.users USING btree (email)"};

}  // namespace

TEST_CASE("upgrade makes the tables as Alembic does") {
  Setup setup;
  auto done = setup.run({"upgrade", "a9ec2e0b323b"});
  CHECK(done.code == 0);
  CHECK(done.out.empty());
  CHECK(done.log ==
        context() +
            "INFO  [alembic.runtime.migration] Running upgrade  -> a9ec2e0b323b, create users\n");
  CHECK(setup.schema() == by_engine(at_users_on_sqlite, at_users_on_postgresql));
  CHECK(setup.column("SELECT version_num FROM alembic_version") ==
        std::vector<std::string>{"a9ec2e0b323b"});
}

TEST_CASE("upgrade and downgrade go to head, base, an id, its beginning, or by steps") {
  Setup setup;
  struct Row {
    const char* command;
    const char* target;
    const char* current;
  };
  const Row rows[] = {
      {"upgrade", "+1", "a9ec2e0b323b\n"},
      {"upgrade", "bbbb", "bbbb22222222\n"},
      {"upgrade", "head", "cccc33333333 (head)\n"},
      {"upgrade", "head", "cccc33333333 (head)\n"},
      {"upgrade", "bbbb", "cccc33333333 (head)\n"},
      {"downgrade", "-1", "bbbb22222222\n"},
      {"downgrade", "a9ec2e0b323b", "a9ec2e0b323b\n"},
      {"downgrade", "base", ""},
      {"upgrade", "heads", "cccc33333333 (head)\n"},
      {"downgrade", "-3", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.target));
    CHECK(setup.run({row.command, row.target}).code == 0);
    CHECK(setup.run({"current"}).out == row.current);
  }
  CHECK(setup.tables() == Lines{"alembic_version"});  // the empty version table stays
}

TEST_CASE("a downgrade says where it goes") {
  Setup setup;
  setup.run({"-q", "upgrade", "+2"});
  CHECK(setup.run({"downgrade", "base"}).log ==
        context() +
            "INFO  [alembic.runtime.migration] Running downgrade bbbb22222222 -> a9ec2e0b323b, add "
            "notes\n"
            "INFO  [alembic.runtime.migration] Running downgrade a9ec2e0b323b -> , create users\n");
  CHECK(setup.run({"-q", "upgrade", "head"}).log.empty());
}

TEST_CASE("current, heads, history and show print what Alembic prints") {
  Setup setup;
  CHECK(setup.run({"current"}).out.empty());
  CHECK(setup.tables().empty());  // looking makes nothing
  CHECK(setup.run({"heads"}).out == "cccc33333333 (head)\n");
  CHECK(setup.run({"history"}).out ==
        "bbbb22222222 -> cccc33333333 (head), create teams\n"
        "a9ec2e0b323b -> bbbb22222222, add notes\n"
        "<base> -> a9ec2e0b323b, create users\n");
  setup.run({"upgrade", "+2"});
  CHECK(setup.run({"history", "-i"}).out ==
        "bbbb22222222 -> cccc33333333 (head), create teams\n"
        "a9ec2e0b323b -> bbbb22222222 (current), add notes\n"
        "<base> -> a9ec2e0b323b, create users\n");
  // Between the two, where the sources are, the path of the file.
  const auto shown = setup.run({"show", "a9ec"}).out;
  CHECK(shown.starts_with("Rev: a9ec2e0b323b\nParent: <base>\n"));
  CHECK(shown.ends_with(
      "\n\n    create users\n    \n    Revision ID: a9ec2e0b323b\n    Revises: \n    Create Date: "
      "2026-11-22 14:56:54.105015\n\n"));
}

TEST_CASE("stamp moves the version without touching the tables") {
  Setup setup;
  auto stamped = setup.run({"stamp", "head"});
  CHECK(stamped.code == 0);
  CHECK(stamped.log.find("Running stamp_revision  -> cccc33333333\n") != std::string::npos);
  CHECK(setup.run({"current"}).out == "cccc33333333 (head)\n");
  CHECK(setup.tables() == Lines{"alembic_version"});
  CHECK(setup.run({"stamp", "base"}).code == 0);
  CHECK(setup.run({"current"}).out.empty());
}

TEST_CASE("what the revisions forbid fails as in Alembic, with 255") {
  Setup setup;
  struct Row {
    std::vector<std::string> words;
    const char* failure;
  };
  const Row rows[] = {
      {{"upgrade", "+5"}, "Relative revision +5 didn't produce 5 migrations"},
      {{"downgrade", "-1"}, "Relative revision -1 didn't produce 1 migrations"},
      {{"upgrade", "zzzz"}, "Can't locate revision identified by 'zzzz'"},
      {{"upgrade", ""}, "Can't locate revision identified by ''"},
      {{"upgrade", "+x"}, "Can't locate revision identified by '+x'"},
      {{"downgrade", "base", "--sql"}, "downgrade with --sql requires <fromrev>:<torev>"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.failure);
    auto failed = setup.run(row.words);
    CHECK(failed.code == 255);
    CHECK(failed.out == "FAILED: " + std::string(row.failure) + "\n");
    CHECK(
        failed.log.ends_with("ERROR [alembic.util.messaging] " + std::string(row.failure) + "\n"));
  }
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"upgrade"}, {"upgrade", "head", "more"}, {"sing"}}) {
    CHECK(setup.run(words).code == 2);
  }
}

TEST_CASE("a database at a revision that is not known is left alone") {
  Setup setup;
  setup.run({"upgrade", "head"});
  setup.revisions.pop_back();
  for (const char* command : {"upgrade", "downgrade", "stamp"}) {
    auto failed = setup.run({command, "a9ec2e0b323b"});
    CHECK(failed.code == 255);
    CHECK(failed.out ==
          "FAILED: Can't locate revision identified by 'cccc33333333', which the database is at: "
          "this program is older than the database, or the revision's file is missing; use the "
          "program that has it, or, if you know where the database is, stamp --purge <revision>\n");
  }
  CHECK(setup.run({"stamp", "--purge", "head"}).code == 0);
  CHECK(setup.run({"current"}).out == "bbbb22222222 (head)\n");
}

TEST_CASE("a revision that fails is undone as a whole, and those before it stay") {
  Setup setup;
  setup.revisions.push_back({.revision = "dddd44444444",
                             .down_revision = "cccc33333333",
                             .message = "break",
                             .upgrade =
                                 [](Operations& op) {
                                   op.create_table("half", sa::Column("id", sa::Integer()));
                                   op.execute("INSERT INTO nowhere VALUES (1)");
                                 },
                             .downgrade = nullptr});
  auto failed = setup.run({"upgrade", "head"});
  CHECK(failed.code == 1);
  CHECK(failed.log.find("Revision dddd44444444 (break) was undone as a whole: " +
                        std::string(by_engine("no such table: nowhere",
                                              "relation \"nowhere\" does not exist"))) !=
        std::string::npos);
  CHECK(setup.run({"current"}).out == "cccc33333333\n");
  CHECK(setup.tables() == Lines{"alembic_version", "teams", "users"});
}

TEST_CASE("is_at_head tells whether a database is ready for this program") {
  Setup setup;
  auto ready = [&] {
    Engine engine(setup.database.url());
    return plinth::run(migrate::is_at_head(engine, setup.revisions));
  };
  CHECK_FALSE(ready());
  setup.run({"upgrade", "+1"});
  CHECK_FALSE(ready());
  setup.run({"upgrade", "head"});
  CHECK(ready());
}

TEST_CASE(
    "a program is ready for a database that a later one has migrated, and for no stranger's") {
  Setup setup;
  auto earlier = setup.revisions;
  earlier.pop_back();
  auto ready = [&] {
    Engine engine(setup.database.url());
    return plinth::run(migrate::is_at_head(engine, earlier));
  };
  setup.run({"upgrade", "+1"});
  CHECK_FALSE(ready());
  setup.run({"upgrade", "head"});
  CHECK(ready());
  setup.execute("UPDATE alembic_version SET version_num = 'eeee55555555'");
  CHECK(ready());  // by any later program
  setup.run({"stamp", "--purge", "base"});
  setup.execute("INSERT INTO alembic_version VALUES ('eeee55555555')");
  CHECK_FALSE(ready());
}

// Several processes at once, and processes that are killed.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "capture.hpp"
#include "revisions.hpp"
#include "support/database.hpp"

using namespace plinth;
using support::by_engine;
using support::on_postgresql;
using support::Place;
using support::TestDatabase;

namespace {

// A child process that upgrades to head; its exit code is the command's.
pid_t upgrade_in_child(const std::string& url, std::span<const Revision> revisions) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const std::vector<std::string> words{"-q", "upgrade", "head"};
  ::_exit(migrate::run(url, {.revisions = revisions}, words));
}

int upgrade_here(const std::string& url, std::span<const Revision> revisions, const char* target) {
  int code = -1;
  const std::vector<std::string> words{"-q", "upgrade", target};
  capture::on_own_thread([&] { code = migrate::run(url, {.revisions = revisions}, words); });
  return code;
}

// On SQLite a new table in the place of one that others refer to.
void alter_users(Operations& op) {
  op.batch_alter_table("users", [](BatchOperations& batch_op) {
    batch_op.alter_column("note", {.new_column_name = "remark", .server_default = "'-'"});
    batch_op.create_check_constraint("ck_users_email", "email <> ''");
    batch_op.drop_index("ix_users_email");
    batch_op.create_unique_constraint("uq_users_email", {"email"});
  });
}

std::string schema_of(const std::string& url) {
  std::vector<std::string> rows;
  if (on_postgresql()) {
    rows = support::schema_of_postgresql(url);
  } else {
    Engine engine(url);
    rows = plinth::run([](Engine& on) -> Task<std::vector<std::string>> {
      auto session = on.session();
      co_return co_await session.all(text<std::string>(
          "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'view' "
          "ORDER BY name"));
    }(engine));
  }
  std::string all;
  for (const auto& row : rows) all += row + "\n";
  return all;
}

// On a thread of its own, whose loop goes with it: children must not share one with each other.
std::string version_of(const std::string& url) {
  std::string version;
  std::thread([&] {
    Engine engine(url);
    version = plinth::run([](Engine& on) -> Task<std::string> {
      auto session = on.session();
      auto there = co_await session.all(text<std::int64_t>(
          by_engine("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'",
                    "SELECT 1::bigint FROM pg_class WHERE relname = 'alembic_version'")));
      if (there.empty()) co_return std::string();
      auto id =
          co_await session.first(text<std::string>("SELECT version_num FROM alembic_version"));
      co_return id.value_or("");
    }(engine));
  }).join();
  return version;
}

}  // namespace

TEST_CASE("of many upgrades at once all succeed, and each step is taken once") {
  const auto revisions = history::revisions();
  for (int round = 0; round < 5; ++round) {
    const TestDatabase database(Place::disk);
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) children.push_back(upgrade_in_child(database.url(), revisions));
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      CHECK(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) == 0);
    }
    CHECK(version_of(database.url()) == "cccc33333333");
  }
}

// The processes here call _exit, or die: nothing of the test framework runs in them.
TEST_CASE("kill -9 leaves one revision or the next, and nothing between") {
  auto revisions = history::revisions();
  revisions.push_back({.revision = "dddd44444444",
                       .down_revision = "cccc33333333",
                       .message = "make users anew",
                       .upgrade = &alter_users});
  std::vector<std::pair<std::string, std::string>> whole;  // version, schema
  {
    const TestDatabase database(Place::disk);
    whole.emplace_back("", "");
    for (const char* target : {"a9ec2e0b323b", "bbbb22222222", "cccc33333333", "dddd44444444"}) {
      REQUIRE(upgrade_here(database.url(), revisions, target) == 0);
      whole.emplace_back(target, schema_of(database.url()));
    }
  }
  for (int delay_us = 500; delay_us < 60'000; delay_us += 2'500) {
    const TestDatabase database(Place::disk);
    const pid_t child = upgrade_in_child(database.url(), revisions);
    ::usleep(static_cast<useconds_t>(delay_us));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (on_postgresql()) support::wait_until_alone(database.direct_url());

    const auto version = version_of(database.url());
    CAPTURE(delay_us);
    CAPTURE(version);
    CHECK(std::find(whole.begin(), whole.end(), std::pair(version, schema_of(database.url()))) !=
          whole.end());
    CHECK(upgrade_here(database.url(), revisions, "head") == 0);
    CHECK(schema_of(database.url()) == whole.back().second);
  }
}

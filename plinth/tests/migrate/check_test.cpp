// revision --autogenerate and check, as commands.
#include <doctest/doctest.h>

#include <filesystem>

#include "db/models.hpp"
#include "migrate/setup.hpp"

using namespace plinth;
using setup::Database;

namespace fs = std::filesystem;

namespace {

// The seed's table, as Alembic and SQLAlchemy made it.
void seed_users(Operations& op) {
  op.create_table("users",  //
                  sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("email", sa::String(320), {.nullable = false}),
                  sa::Column("hashed_password", sa::String(128), {.nullable = false}),
                  sa::Column("is_active", sa::Boolean(), {.nullable = false}),
                  sa::Column("created_at", sa::DateTime({.timezone = true}),
                             {.nullable = false, .server_default = "now()"}),
                  sa::PrimaryKeyConstraint("id"));
  op.create_index("ix_users_email", "users", {"email"}, {.unique = true});
}

void index_lower(Operations& op) {
  op.create_index("uq_users_email_lower", "users", {sa::text("lower(email)")}, {.unique = true});
}

struct Project : Database {
  Project() {
    revisions = {setup::step("aaaa11111111", "", &seed_users)};
    fs::create_directories(folder / "migrations/versions");
    std::ofstream(folder / "migrations/env.cpp") << R"code(namespace app::migrations {
// (declared)
  static const Revision all[] = {
      // (listed)
  };
})code";
  }
  // In the folder of the project, where revision writes.
  capture::Printed run_models(std::vector<std::string> words) {
    const auto before = fs::current_path();
    fs::current_path(folder.path());
    auto printed = capture::migrate(folder, database.url(), revisions, std::move(words),
                                    metadata<models::User>());
    fs::current_path(before);
    return printed;
  }
  std::string written() const {
    for (const auto& file : fs::directory_iterator(folder / "migrations/versions")) {
      return capture::content(file.path());
    }
    return {};
  }
};

}  // namespace

TEST_CASE("between the seed's own table and its model there is one index, which ours has more") {
  Project project;
  REQUIRE(project.run_models({"upgrade", "head"}).code == 0);
  const auto checked = project.run_models({"check"});
  CHECK(checked.code == 255);
  CHECK(checked.out ==
        "FAILED: New upgrade operations detected: "
        "[('add_index', 'users', 'uq_users_email_lower')]\n");
  CHECK(checked.log.find("INFO  [alembic.autogenerate.compare] Detected added index "
                         "'uq_users_email_lower' on '('lower(email)',)'\n") != std::string::npos);
}

TEST_CASE("revision --autogenerate writes what is missing") {
  Project project;
  REQUIRE(project.run_models({"upgrade", "head"}).code == 0);
  const auto made =
      project.run_models({"revision", "--autogenerate", "-m", "one address", "--rev-id", "bbbb"});
  CHECK(made.code == 0);
  CHECK(made.out.starts_with("Generating "));
  CHECK(made.out.ends_with("/migrations/versions/bbbb_one_address.cpp ...  done\n"));
  CHECK(project.written().find(R"code(static void upgrade(Operations& op) {
  // ### auto generated; please adjust ###
  op.create_index("uq_users_email_lower", "users", {sa::text("lower(email)")}, {.unique = true});
  // ### end of what was auto generated ###
}

static void downgrade(Operations& op) {
  // ### auto generated; please adjust ###
  op.drop_index("uq_users_email_lower", "users");
  // ### end of what was auto generated ###
}
)code") != std::string::npos);
}

TEST_CASE("with nothing missing check is content, and a revision does nothing") {
  Project project;
  project.revisions.push_back(setup::step("bbbb22222222", "aaaa11111111", &index_lower));
  REQUIRE(project.run_models({"upgrade", "head"}).code == 0);
  const auto checked = project.run_models({"check"});
  CHECK(checked.code == 0);
  CHECK(checked.out == "No new upgrade operations detected.\n");
  CHECK(project.run_models({"revision", "--autogenerate", "-m", "nothing"}).code == 0);
  CHECK(project.written().find("  static_cast<void>(op);\n") != std::string::npos);
}

TEST_CASE("a database that is behind is not compared") {
  Project project;
  CHECK(project.run_models({"check"}).out == "FAILED: Target database is not up to date.\n");
  const auto made = project.run_models({"revision", "--autogenerate", "-m", "early"});
  CHECK(made.code == 255);
  CHECK(made.out == "FAILED: Target database is not up to date.\n");
  CHECK(fs::is_empty(project.folder / "migrations/versions"));
}

TEST_CASE("a program without models says how to list them") {
  Project project;
  CHECK(project.run({"check"}).out ==
        "FAILED: Can't proceed with --autogenerate option; the program gives no target_metadata: "
        "list its models in migrations/env.cpp, and give run_command_line .target_metadata\n");
}

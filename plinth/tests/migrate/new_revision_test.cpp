#include "migrate/new_revision.hpp"

#include <doctest/doctest.h>

#include "capture.hpp"
#include "revisions.hpp"

using namespace plinth;
using migrate::slug_of;

namespace fs = std::filesystem;

namespace {

struct Project {
  capture::TemporaryFolder folder;
  std::vector<Revision> revisions = history::revisions();

  Project() {
    fs::create_directories(folder / "migrations/versions");
    std::ofstream(folder / "migrations/env.cpp") << R"(namespace app::migrations {
extern const Revision first;
// (declared)

  static const Revision all[] = {
      first,
      // (listed)
  };
})";
  }
  std::string write(std::string message) {
    return write({.message = std::move(message), .down_revision = {2}});
  }
  std::string write(migrate::NewRevision wanted) {
    wanted.id = "dddd44444444";
    wanted.create_date = "2026-11-22 15:00:00.000000";
    wanted.folder = (folder / "migrations").string();
    return migrate::write_revision(migrate::History(revisions), std::move(wanted));
  }
};

}  // namespace

TEST_CASE("a slug is the message in lower case, cut at a word after 40 characters") {
  CHECK(slug_of("create users") == "create_users");
  CHECK(slug_of("add notes! (2nd) \xc3\xa9") == "add_notes_2nd_\xc3\xa9");
  CHECK(slug_of("") == "");
  CHECK(slug_of("../../etc/passwd") == "etc_passwd");
  CHECK(slug_of("a message of more than forty characters is cut") ==
        "a_message_of_more_than_forty_characters");
}

TEST_CASE("revision writes a C++ file and lists it") {
  Project project;
  const auto path = project.write("add \"quoted\"\nnotes");
  CHECK(fs::path(path).filename() == "dddd44444444_add_quoted_notes.cpp");
  const auto source = capture::content(path);
  CHECK(
      source.starts_with("// add \"quoted\" notes\n//\n// Revision ID: dddd44444444\n"
                         "// Revises: cccc33333333\n"
                         "// Create Date: 2026-11-22 15:00:00.000000\n"));
  CHECK(source.find("\nnamespace app::migrations {\n") != std::string::npos);
  CHECK(source.find("\nextern const Revision add_quoted_notes_dddd44444444{\n"
                    "    .revision = \"dddd44444444\",\n"
                    "    .down_revision = \"cccc33333333\",\n"
                    "    .message = \"add \\\"quoted\\\" notes\",\n") != std::string::npos);
  CHECK(capture::content(project.folder / "migrations/env.cpp") ==
        R"(namespace app::migrations {
extern const Revision first;
extern const Revision add_quoted_notes_dddd44444444;
// (declared)

  static const Revision all[] = {
      first,
      add_quoted_notes_dddd44444444,
      // (listed)
  };
})");
}

TEST_CASE("a merge, a label and a dependency are written as lists, one of them as a text") {
  Project project;
  const auto source = capture::content(project.write({.message = "merge",
                                                      .down_revision = {1, 2},
                                                      .branch_labels = {"billing"},
                                                      .depends_on = {"a9ec2e0b323b", "other"}}));
  CHECK(
      source.starts_with("// merge\n//\n// Revision ID: dddd44444444\n"
                         "// Revises: bbbb22222222, cccc33333333\n"));
  CHECK(source.find("    .down_revision = {\"bbbb22222222\", \"cccc33333333\"},\n"
                    "    .branch_labels = \"billing\",\n"
                    "    .depends_on = {\"a9ec2e0b323b\", \"other\"},\n") != std::string::npos);
  CHECK(
      capture::content(project.write({.message = "first"})).find("    .down_revision = \"\",\n") !=
      std::string::npos);
}

TEST_CASE("revision writes nothing where it does not know the place") {
  Project project;
  std::ofstream(project.folder / "migrations/env.cpp") << "namespace app {\n}\n";
  CHECK_THROWS_AS(project.write("x"), migrate::CommandError);
  CHECK(fs::is_empty(project.folder / "migrations/versions"));
  fs::remove_all(project.folder / "migrations");
  CHECK_THROWS_AS(project.write("x"), migrate::CommandError);
}

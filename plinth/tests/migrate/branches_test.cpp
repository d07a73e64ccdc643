// Histories that fork and come together, through the command line.
#include <doctest/doctest.h>

#include "migrate/setup.hpp"

using namespace plinth;
using setup::Database;
using setup::Lines;
using setup::step;

namespace {

template <char Name>
void make(Operations& op) {
  op.create_table(std::string("t_") + Name, sa::Column("id", sa::Integer()));
}
template <char Name>
void drop(Operations& op) {
  op.drop_table(std::string("t_") + Name);
}

// What `alembic revision` wrote in the same order for the expectations below.
std::vector<Revision> forked() {
  std::vector<Revision> revisions{step("aaaa", "", &make<'a'>, &drop<'a'>),
                                  step("bbbb", "aaaa", &make<'b'>, &drop<'b'>),
                                  step("cccc", "aaaa", &make<'c'>, &drop<'c'>)};
  revisions[2].branch_labels = "billing";
  return revisions;
}

std::vector<Revision> merged() {
  auto revisions = forked();
  revisions.push_back(step("dddd", {"bbbb", "cccc"}, &make<'d'>, &drop<'d'>));
  revisions.push_back(step("eeee", {}, &make<'e'>, &drop<'e'>));
  revisions[4].depends_on = "bbbb";
  return revisions;
}

Lines versions(const Database& database) {
  return database.column("SELECT version_num FROM alembic_version ORDER BY version_num");
}

}  // namespace

TEST_CASE("heads, branches and history show the shape of the history, as Alembic prints it") {
  Database database{.revisions = forked()};
  CHECK(database.run({"heads"}).out == "bbbb (head)\ncccc (billing) (head)\n");
  CHECK(database.run({"branches"}).out ==
        "aaaa (branchpoint)\n     -> bbbb (head)\n     -> cccc (billing) (head)\n\n");
  CHECK(database.run({"history"}).out ==
        "aaaa -> bbbb (head), bbbb\naaaa -> cccc (billing) (head), cccc\n"
        "<base> -> aaaa (branchpoint), aaaa\n");
  CHECK(database.run({"history", "-r", "aaaa:bbbb"}).out ==
        "aaaa -> bbbb (head), bbbb\n<base> -> aaaa (branchpoint), aaaa\n");
  CHECK(database.run({"show", "aaaa"}).out ==
        "Rev: aaaa (branchpoint)\nParent: <base>\nBranches into: bbbb, cccc\n\n    aaaa\n    \n"
        "    Revision ID: aaaa\n    Revises: \n    Create Date: \n\n");
}

TEST_CASE("a merge point and a dependency are shown") {
  Database database{.revisions = merged()};
  CHECK(database.run({"history", "-r", "cccc:heads"}).code == 0);
  CHECK(database.run({"history"})
            .out.find("bbbb, cccc -> dddd (billing) (head) (mergepoint), dddd\n") !=
        std::string::npos);
  CHECK(database.run({"history"}).out.find("<base> (bbbb) -> eeee (head), eeee\n") !=
        std::string::npos);
  CHECK(database.run({"show", "dddd"})
            .out.starts_with(
                "Rev: dddd (head) (mergepoint)\nMerges: bbbb, cccc\nBranch names: billing\n\n"));
  CHECK(database.run({"show", "eeee"})
            .out.starts_with("Rev: eeee (head)\nParent: <base>\nAlso depends on: bbbb\n\n"));
}

TEST_CASE("several heads are refused for head, and all of them taken for heads") {
  Database database{.revisions = forked()};
  const auto refused = database.run({"upgrade", "head"});
  CHECK(refused.code == 255);
  CHECK(refused.out ==
        "FAILED: Multiple head revisions are present for given argument 'head'; please specify a "
        "specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' "
        "for all heads\n");
  CHECK(database.run({"upgrade", "billing@head"}).code == 0);
  CHECK(versions(database) == Lines{"cccc"});
  CHECK(database.run({"upgrade", "heads"}).code == 0);
  CHECK(versions(database) == Lines{"bbbb", "cccc"});
  CHECK(database.run({"current"}).out == "bbbb (head)\ncccc (head)\n");
}

TEST_CASE("branches are applied, merged and undone, with a row for each head") {
  Database database{.revisions = merged()};
  struct Row {
    std::vector<std::string> words;
    Lines versions;
  };
  const Row rows[] = {
      {{"upgrade", "bbbb"}, {"bbbb"}},
      {{"upgrade", "eeee"}, {"eeee"}},  // stands for bbbb too
      {{"upgrade", "cccc"}, {"cccc", "eeee"}},
      {{"upgrade", "heads"}, {"dddd", "eeee"}},
      {{"downgrade", "eeee@-1"}, {"dddd"}},
      {{"downgrade", "billing@cccc"}, {"bbbb", "cccc"}},
      {{"upgrade", "dddd"}, {"dddd"}},
      {{"stamp", "bbbb", "cccc"}, {"bbbb", "cccc"}},
      {{"stamp", "dddd"}, {"dddd"}},
      {{"downgrade", "base"}, {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.words.back());
    const auto done = database.run(row.words);
    CAPTURE(done.out + done.log);
    CHECK(done.code == 0);
    CHECK(versions(database) == row.versions);
  }
}

TEST_CASE("a merge is logged with all that it joins") {
  Database database{.revisions = merged()};
  const auto log = database.run({"upgrade", "dddd"}).log;
  CHECK(log.ends_with("Running upgrade bbbb, cccc -> dddd, dddd\n"));
  CHECK(database.run({"downgrade", "bbbb"})
            .log.ends_with("Running downgrade dddd -> bbbb, cccc, dddd\n"));
  CHECK(database.run({"upgrade", "cccc:dddd", "--sql"})
            .out.find("-- Running upgrade bbbb, cccc -> dddd\n\n") != std::string::npos);
}

TEST_CASE("revision asks which head, and splice makes a branch") {
  Database database{.revisions = forked()};
  struct Row {
    std::vector<std::string> words;
    const char* failure;
  };
  const Row rows[] = {
      {{"revision", "-m", "x"},
       "Multiple heads are present; please specify the head revision on which the new revision "
       "should be based, or perform a merge."},
      {{"revision", "-m", "x", "--head", "aaaa"},
       "Revision aaaa is not a head revision; please specify --splice to create a new branch from "
       "this revision"},
      {{"merge", "-m", "x", "bbbb", "aaaa"},
       "Revision aaaa is not a head revision; merge takes "
       "heads"},
      {{"merge", "-m", "x", "bbbb", "bbbb"}, "Duplicate head revisions specified"},
      {{"revision", "-m", "x", "--head", "bbbb", "--rev-id", "a-b"},
       "Revision id 'a-b' may hold letters, digits and '_' only"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.failure);
    const auto failed = database.run(row.words);
    CHECK(failed.code == 255);
    CHECK(failed.out == "FAILED: " + std::string(row.failure) + "\n");
  }
}

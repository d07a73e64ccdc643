#include "migrate/history.hpp"

#include <doctest/doctest.h>

#include <string>

#include "migrate/targets.hpp"

using namespace plinth;
using migrate::CommandError;
using migrate::History;
using migrate::Place;
using Ids = std::vector<std::string>;

namespace {

std::string refusal(std::vector<Revision> revisions) {
  try {
    const History history(revisions);
  } catch (const CommandError& error) {
    return error.what();
  }
  return "accepted";
}

Revision revision(std::string_view id, RevisionIds down) {
  return {.revision = id, .down_revision = down, .message = id};
}

// base - root - left1 - left2 --- merge
//             \ right1 - right2 /
//        lone (depends on left1), a branch of its own
struct Forked {
  std::vector<Revision> revisions{revision("root", ""),
                                  revision("left1", "root"),
                                  revision("left2", "left1"),
                                  {.revision = "right1",
                                   .down_revision = "root",
                                   .branch_labels = "right",
                                   .message = "right1"},
                                  revision("right2", "right1"),
                                  {.revision = "lone1",
                                   .down_revision = {},
                                   .branch_labels = {"lone"},
                                   .depends_on = "left1",
                                   .message = "lone1"},
                                  revision("merge1", {"left2", "right2"})};
  History history{revisions};

  Place place(std::string_view id) const { return *history.find(id); }
  std::vector<Place> places(const Ids& ids) const {
    std::vector<Place> found;
    for (const auto& id : ids) found.push_back(place(id));
    return found;
  }
  Ids ids(const std::vector<Place>& places) const {
    Ids found;
    for (Place one : places) found.emplace_back(history.id(one));
    return found;
  }
  Ids up(std::string_view target, const Ids& current = {}) const {
    return ids(migrate::upgrade_path(history, target, places(current)));
  }
  Ids down(std::string_view target, const Ids& current) const {
    return ids(migrate::downgrade_path(history, target, places(current)));
  }
  Ids range(std::string_view lower, std::string_view upper, const Ids& current = {}) const {
    return ids(migrate::history_range(history, lower, upper, places(current)));
  }
};

}  // namespace

TEST_CASE("revisions are ordered by their down_revision, not by the list") {
  const std::vector<Revision> revisions{revision("c", "b"), revision("a", ""), revision("b", "a")};
  const History history(revisions);
  CHECK(history.size() == 3);
  CHECK(history.bases() == std::vector<Place>{1});
  CHECK(history.heads() == std::vector<Place>{0});
  CHECK(history.sorted({0, 1, 2}, {0}) == std::vector<Place>{0, 2, 1});
  CHECK(history.find("b") == 2);
  CHECK_FALSE(history.find("d").has_value());
  CHECK(History(std::vector<Revision>{}).size() == 0);
}

TEST_CASE("revisions that make no history are refused, with what to do") {
  CHECK(refusal({revision("a", ""), revision("b", "x")}) ==
        "Revision b has the down_revision 'x', which is not present; list its file in env.cpp, or "
        "correct the id");
  CHECK(refusal({{.revision = "a", .down_revision = "", .depends_on = "x"}}) ==
        "Revision a has the depends_on 'x', which is not present; list its file in env.cpp, or "
        "correct the id");
  CHECK(refusal({revision("a", "b"), revision("b", "a"), revision("c", "")}) ==
        "Cycle is detected in revisions (a, b)");
  CHECK(refusal({{.revision = "a", .down_revision = "", .depends_on = "b"}, revision("b", "a")}) ==
        "Cycle is detected in revisions (a, b)");
  CHECK(refusal({revision("a", ""), revision("a", "a")}) == "Revision a is present more than once");
  CHECK(refusal({revision("", "")}) == "A revision has no id");
  CHECK(refusal({revision("a'b", "")}) ==
        "Revision id 'a'b' may hold letters, digits and '_' only");
  CHECK(refusal({revision("heads", "")}) ==
        "Revision id 'heads' is a word of the command line; take another");
  CHECK(refusal({revision("123456789012345678901234567890123", "")}) ==
        "Revision id '123456789012345678901234567890123' is longer than 32 characters");
  CHECK(refusal({{.revision = "a", .down_revision = "", .branch_labels = "x"},
                 {.revision = "b", .down_revision = "", .branch_labels = "x"}}) ==
        "Branch name 'x' in revision b already used by another revision");
}

TEST_CASE("a branch point, a merge point and heads are told by what follows") {
  const Forked forked;
  const auto& history = forked.history;
  CHECK(history.node(forked.place("root")).is_branch_point());
  CHECK_FALSE(history.node(forked.place("left1")).is_branch_point());  // lone1 only depends on it
  CHECK(history.node(forked.place("merge1")).is_merge_point());
  CHECK(forked.ids(history.heads()) == Ids{"lone1", "merge1"});
  CHECK(forked.ids(history.real_heads()) == Ids{"lone1", "merge1"});
  CHECK(forked.ids(history.bases()) == Ids{"root", "lone1"});
}

TEST_CASE("a label names what follows it, and what came before as long as it is the branch's") {
  const Forked forked;
  auto labels = [&](const char* id) { return forked.history.node(forked.place(id)).labels; };
  CHECK(labels("right1") == std::vector<std::string_view>{"right"});
  CHECK(labels("right2") == std::vector<std::string_view>{"right"});
  CHECK(labels("merge1") == std::vector<std::string_view>{"right"});
  CHECK(labels("root").empty());
  CHECK(labels("left1").empty());
}

TEST_CASE("an upgrade applies what the target needs and the database has not") {
  const Forked forked;
  CHECK(forked.up("left2") == Ids{"root", "left1", "left2"});
  CHECK(forked.up("merge1") == Ids{"root", "right1", "right2", "left1", "left2", "merge1"});
  CHECK(forked.up("merge1", {"left2"}) == Ids{"right1", "right2", "merge1"});
  CHECK(forked.up("heads", {"merge1"}) == Ids{"lone1"});
  CHECK(forked.up("lone1") == Ids{"root", "left1", "lone1"});  // by depends_on
  CHECK(forked.up("lone@head", {"right2"}) == Ids{"left1", "lone1"});
  CHECK(forked.up("right@head", {"left1"}) == Ids{"right1", "right2", "left2", "merge1"});
  CHECK(forked.up("left1", {"merge1"}).empty());
  CHECK(forked.up("base", {"merge1"}).empty());
}

TEST_CASE("an upgrade by steps follows the branch it is on") {
  const Forked forked;
  CHECK(forked.up("+1", {"left1"}) == Ids{"left2"});
  CHECK(forked.up("+2", {"right1"}) == Ids{"right2", "left1", "left2", "merge1"});
  CHECK(forked.up("left1+1", {}) == Ids{"root", "left1", "left2"});
  CHECK(forked.up("left2-1", {}) == Ids{"root", "left1"});
  CHECK(forked.up("right@+1", {"left1"}) == Ids{"right1"});
}

TEST_CASE("a target that is not one, or not there, is refused in Alembic's words") {
  const Forked forked;
  struct Row {
    const char* target;
    Ids current;
    const char* refusal;
  };
  const Row rows[] = {
      {"head",
       {},
       "Multiple head revisions are present for given argument 'head'; please specify a specific "
       "target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all "
       "heads"},
      {"+1",
       {},
       "Ambiguous walk: root, lone1 are all next; name the revision, or a branch as "
       "<branchname>@+1"},
      {"+1",
       {"left1", "right1"},
       "Ambiguous upgrade from multiple current revisions (left1, right1); name a branch: "
       "<branchname>@+1"},
      {"+3", {"left2"}, "Relative revision +3 didn't produce 3 migrations"},
      {"-1", {"left2"}, "Relative revision -1 didn't produce 1 migrations"},
      {"right@left2", {}, "Revision left2 is not a member of branch 'right'"},
      {"nowhere@head", {}, "Can't locate revision identified by 'nowhere'"},
      {"left", {}, "Multiple revisions start with 'left': 'left1', 'left2'"},
      {"", {}, "Can't locate revision identified by ''"},
      {"99", {}, "Can't locate revision identified by '99'"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.target);
    CHECK_THROWS_WITH_AS(forked.up(row.target, row.current), row.refusal, CommandError);
  }
}

TEST_CASE("a downgrade undoes what follows the target, and what depends on that") {
  const Forked forked;
  CHECK(forked.down("base", {"merge1"}) ==
        Ids{"merge1", "left2", "left1", "right2", "right1", "root"});
  CHECK(forked.down("root", {"left2", "right1"}) == Ids{"left2", "left1", "right1"});
  CHECK(forked.down("left1", {"merge1", "lone1"}) == Ids{"merge1", "left2"});
  // lone1 depends on left1, which goes.
  CHECK(forked.down("root", {"left1", "lone1"}) == Ids{"lone1", "left1"});
  CHECK(forked.down("right@root", {"left2", "right2"}) == Ids{"right2", "right1"});
  CHECK(forked.down("lone@base", {"left1", "lone1"}) == Ids{"lone1"});
}

TEST_CASE("a downgrade by steps stays on its branch") {
  const Forked forked;
  CHECK(forked.down("-1", {"left2"}) == Ids{"left2"});
  CHECK(forked.down("-2", {"left2"}) == Ids{"left2", "left1"});
  CHECK(forked.down("right@-1", {"left2", "right2"}) == Ids{"right2"});
  CHECK(forked.down("left2@-2", {"left2", "right2"}) == Ids{"left2", "left1"});
  CHECK(forked.down("left2-1", {"left2"}) == Ids{"left2"});
  CHECK(forked.down("lone@-1", {"left1", "lone1"}) == Ids{"lone1"});
}

TEST_CASE("a downgrade that could mean two things is refused") {
  const Forked forked;
  struct Row {
    const char* target;
    Ids current;
    const char* refusal;
  };
  const Row rows[] = {
      {"-1",
       {"left2", "right2"},
       "downgrade -1 from multiple heads (left2, right2) is ambiguous; name the revision to go to, "
       "or a branch: <branchname>@-1 or left2@-1"},
      {"-1",
       {"merge1"},
       "Ambiguous walk: left2, right2 are all next; name the revision, or a "
       "branch as <branchname>@-1"},
      {"-9", {"left2"}, "Relative revision -9 didn't produce 9 migrations"},
      {"+1", {"left2"}, "Relative revision +1 didn't produce 1 migrations"},
      {"-1", {}, "Relative revision -1 didn't produce 1 migrations"},
      {"right2",
       {"left2"},
       "Destination right2 is not a valid downgrade target from current "
       "head(s)"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.target);
    CHECK_THROWS_WITH_AS(forked.down(row.target, row.current), row.refusal, CommandError);
  }
  // There already: nothing to undo.
  CHECK(forked.down("left2", {"left2"}).empty());
}

TEST_CASE("a range of the history holds both of its ends") {
  const Forked forked;
  CHECK(forked.range("", "left2") == Ids{"left2", "left1", "root"});
  CHECK(forked.range("left1", "merge1") == Ids{"merge1", "left2", "left1"});
  CHECK(forked.range("root", "current", {"right1"}) == Ids{"right1", "root"});
  CHECK(forked.range("current", "merge1", {"right1"}) == Ids{"merge1", "right2", "right1"});
  CHECK(forked.range("-1", "left2") == Ids{"left2", "left1"});
  CHECK_THROWS_WITH_AS(forked.range("left1", "right2"),
                       "Requested range left1:right2 does not refer to ancestor/descendant "
                       "revisions along the same branch",
                       CommandError);
}

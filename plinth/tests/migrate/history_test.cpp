#include "migrate/history.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace plinth;
using migrate::CommandError;
using migrate::History;

namespace {

std::string refusal(std::vector<Revision> revisions) {
  try {
    const History history(revisions);
  } catch (const CommandError& error) {
    return error.what();
  }
  return "accepted";
}

Revision revision(std::string_view id, std::string_view down) {
  return {.revision = id, .down_revision = down, .message = id};
}

}  // namespace

TEST_CASE("revisions are ordered by their down_revision, not by the list") {
  const std::vector<Revision> revisions{revision("c", "b"), revision("a", ""), revision("b", "a")};
  const History history(revisions);
  CHECK(history.size() == 3);
  CHECK(history.id_at(0) == "");
  CHECK(history.id_at(1) == "a");
  CHECK(history.id_at(3) == "c");
  CHECK(history.find("b") == 2);
  CHECK_FALSE(history.find("d").has_value());
  CHECK(History(std::vector<Revision>{}).size() == 0);
}

TEST_CASE("a chain that is no chain is refused, with what to do") {
  CHECK(refusal({revision("a", ""), revision("b", "a"), revision("c", "a")}) ==
        "Multiple head revisions are present: 'b' and 'c' both follow 'a'; give one of them the "
        "other as its down_revision");
  CHECK(refusal({revision("a", ""), revision("b", "x")}) ==
        "Revision b has the down_revision 'x', which does not lead back to the first revision");
  CHECK(refusal({revision("a", "b"), revision("b", "a")}) ==
        "Revision a has the down_revision 'b', which does not lead back to the first revision");
  CHECK(refusal({revision("a", ""), revision("a", "a")}) == "Revision a is present more than once");
  CHECK(refusal({revision("", "")}) == "A revision has no id");
  CHECK(refusal({revision("a'b", "")}) ==
        "Revision id 'a'b' may hold letters, digits and '_' only");
  CHECK(refusal({revision("123456789012345678901234567890123", "")}) ==
        "Revision id '123456789012345678901234567890123' is longer than 32 characters");
}

TEST_CASE("the beginning of an id is enough when it is the only one") {
  const std::vector<Revision> revisions{revision("aa1", ""), revision("aa2", "aa1"),
                                        revision("b", "aa2")};
  const History history(revisions);
  CHECK(history.resolve("b", 0) == 3);
  CHECK(history.resolve("aa2", 0) == 2);
  CHECK_THROWS_WITH_AS(history.resolve("aa", 0), "Multiple revisions start with 'aa': 'aa1', 'aa2'",
                       CommandError);
}

// The rows of alembic_version, as real Alembic moves them.
#include <doctest/doctest.h>

#include "migrate/stamp.hpp"
#include "migrate/version_table.hpp"

using namespace plinth;
using migrate::Place;
using Lines = std::vector<std::string>;

namespace {

// 0 root, 1 left, 2 right, 3 merge, 4 lone depends on 1
const std::vector<Revision> revisions{
    {.revision = "root", .down_revision = ""},
    {.revision = "left", .down_revision = "root"},
    {.revision = "right", .down_revision = "root", .branch_labels = "r"},
    {.revision = "merge", .down_revision = {"left", "right"}},
    {.revision = "lone", .down_revision = "", .depends_on = "left"}};
const migrate::History history(revisions);

struct Moved {
  Lines sql;
  std::vector<Place> rows;
};

Moved apply(Place place, std::vector<Place> rows) {
  auto sql = migrate::apply_versions(history, place, rows, db::Dialect::sqlite);
  return {std::move(sql), std::move(rows)};
}

Moved undo(Place place, std::vector<Place> rows) {
  auto sql = migrate::undo_versions(history, place, rows, db::Dialect::sqlite);
  return {std::move(sql), std::move(rows)};
}

Lines stamp(const Lines& targets, std::vector<Place> rows) {
  Lines all;
  for (const auto& step : migrate::stamp_steps(history, targets, rows)) {
    all.push_back(step.title);
    for (auto& sql : migrate::stamp_versions(history, step, db::Dialect::sqlite)) {
      all.push_back(std::move(sql));
    }
    migrate::follow(step, rows);
  }
  return all;
}

std::string insert(const std::string& id) {
  return "INSERT INTO alembic_version (version_num) VALUES ('" + id + "')";
}
std::string update(const std::string& from, const std::string& to) {
  return "UPDATE alembic_version SET version_num='" + to +
         "' WHERE alembic_version.version_num = '" + from + "'";
}
std::string deleted(const std::string& id) {
  return "DELETE FROM alembic_version WHERE alembic_version.version_num = '" + id + "'";
}

}  // namespace

TEST_CASE("a row is kept for each head of what was applied") {
  CHECK(apply(0, {}).sql == Lines{insert("root")});
  CHECK(apply(1, {0}).sql == Lines{update("root", "left")});
  CHECK(apply(2, {1}).sql == Lines{insert("right")});  // root is below left already
  const auto merged = apply(3, {1, 2});
  CHECK(merged.sql == Lines{deleted("left"), update("right", "merge")});
  CHECK(merged.rows == std::vector<Place>{3});
}

TEST_CASE("a revision takes the row of what it depends on") {
  CHECK(apply(4, {1}).sql == Lines{update("left", "lone")});
  CHECK(apply(4, {3}).sql == Lines{insert("lone")});
  CHECK(apply(3, {4, 2}).sql == Lines{update("right", "merge")});
}

TEST_CASE("undoing puts back the rows that nothing else implies") {
  CHECK(undo(0, {0}).sql == Lines{deleted("root")});
  CHECK(undo(1, {1}).sql == Lines{update("left", "root")});
  CHECK(undo(1, {1, 2}).sql == Lines{deleted("left")});
  const auto unmerged = undo(3, {3});
  CHECK(unmerged.sql == Lines{insert("left"), update("merge", "right")});
  CHECK(unmerged.rows == std::vector<Place>{1, 2});
  CHECK(undo(3, {3, 4}).sql == Lines{update("merge", "right")});
  CHECK(undo(4, {4}).sql == Lines{update("lone", "left")});
  CHECK(undo(4, {3, 4}).sql == Lines{deleted("lone")});
}

TEST_CASE("PostgreSQL returns the row that it inserts, as SQLAlchemy asks it to") {
  std::vector<Place> rows;
  CHECK(migrate::apply_versions(history, 0, rows, db::Dialect::postgresql) ==
        Lines{insert("root") + " RETURNING alembic_version.version_num"});
}

TEST_CASE("stamp moves rows up, down, to base and to several targets") {
  CHECK(stamp({"merge"}, {}) == Lines{"stamp_revision  -> merge", insert("merge")});
  CHECK(stamp({"root"}, {1, 2}) ==
        Lines{"stamp_revision left, right -> root", deleted("left"), update("right", "root")});
  CHECK(stamp({"merge"}, {0}) == Lines{"stamp_revision root -> merge", update("root", "merge")});
  CHECK(stamp({"base"}, {1, 2}) == Lines{"stamp_revision left -> ", deleted("left"),
                                         "stamp_revision right -> ", deleted("right")});
  CHECK(stamp({"left", "right"}, {3}) == Lines{"stamp_revision merge -> left",
                                               update("merge", "left"), "stamp_revision  -> right",
                                               insert("right")});
  CHECK(stamp({"left"}, {1}).empty());
  CHECK(stamp({"heads"}, {}) == Lines{"stamp_revision  -> merge", insert("merge"),
                                      "stamp_revision  -> lone", insert("lone")});
}

// Migrations: revisions in C++ with Alembic's operations, commands and alembic_version table.
// Stands for Alembic. Example: migrations/versions/
//
//   extern const Revision create_teams{
//       .revision = "b1f0c2d3e4a5",
//       .down_revision = "a9ec2e0b323b",
//       .message = "create teams",
//       .create_date = "2026-11-22 14:56:54.105015",
//       .upgrade =
//           [](Operations& op) {
//             op.create_table("teams",  //
//                             sa::Column("id", sa::Integer(), {.nullable = false}),
//                             sa::Column("name", sa::String(20), {.nullable = false}),
//                             sa::PrimaryKeyConstraint("id"));
//             op.create_index("ix_teams_name", "teams", {"name"}, {.unique = true});
//           },
//       .downgrade = [](Operations& op) { op.drop_table("teams"); },
//   };
//
// A database that Alembic made is taken over as it stands, and can be handed back. How to write
// revisions, and what they do to a database in use: docs/migrations.md.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/detail/operations.hpp"
#include "plinth/session.hpp"

namespace plinth {

/// The id of one revision or of several: "a9ec2e0b323b", or {"a9ec2e0b323b", "b1f0c2d3e4a5"}. Views
/// what it is made of.
class RevisionIds {
 public:
  static constexpr std::size_t limit = 8;  // more heads than that: merge twice

  constexpr RevisionIds() = default;
  constexpr RevisionIds(const char* id)  // NOLINT(google-explicit-constructor)
      : RevisionIds(std::string_view(id)) {}
  constexpr RevisionIds(std::string_view id) {  // NOLINT(google-explicit-constructor)
    if (!id.empty()) add(id);
  }
  constexpr RevisionIds(std::initializer_list<std::string_view> ids) {
    for (const auto id : ids) add(id);
  }

  constexpr const std::string_view* begin() const { return ids_.data(); }
  constexpr const std::string_view* end() const { return ids_.data() + size_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }

 private:
  constexpr void add(std::string_view id) {
    if (size_ == limit) throw std::length_error("plinth: a revision names at most 8 others");
    ids_[size_++] = id;
  }

  std::array<std::string_view, limit> ids_{};
  std::size_t size_ = 0;
};

/// One step of the database's history.
struct Revision {
  std::string_view revision;       // at most 32 characters; Alembic's are 12 hex digits
  RevisionIds down_revision;       // the one before; empty for the first; several for a merge
  RevisionIds branch_labels = {};  // names of the branch that begins here
  RevisionIds depends_on = {};     // of another branch: must be applied before
  std::string_view message = {};
  std::string_view create_date = {};
  void (*upgrade)(Operations&) = nullptr;
  void (*downgrade)(Operations&) = nullptr;
  // False: PostgreSQL runs each statement for itself, as CREATE INDEX CONCURRENTLY needs it. What
  // was done before an error or a kill stays done. SQLite has no such statements.
  bool transactional = true;
  // False: `migrate lint` has been heeded, or does not apply.
  bool lint = true;
};

namespace migrate {

/// What an application gives its migrations. Alembic's env.py.
struct Environment {
  std::span<const Revision> revisions;
  MetaData target_metadata = {};  // what autogenerate compares the database with
};

/// Alembic's command line: upgrade, downgrade, current, history, heads, branches, show, stamp,
/// revision, merge, ensure_version; and lint.
///
/// arguments  {"upgrade", "head"}; {"upgrade", "head", "--sql"} prints instead, for the dialect of
///            the url, and needs no database
/// returns    Alembic's exit codes: 0; 1 when the database refused; 2 for a wrong command line;
///            255 when the revisions forbid it
///
/// Each revision is one transaction, under a lock: of two upgrades at once, one works and the other
/// waits and finds it done. Not from a running loop.
int run(std::string_view url, const Environment& environment,
        std::span<const std::string> arguments);

/// The same upgrade from code, without a word: for tests and for programs that migrate themselves.
Task<void> upgrade(Engine& engine, std::span<const Revision> revisions,
                   std::string target = "head");

/// Whether all revisions have been applied. A later program may have applied more on top, as while
/// replicas are replaced or after a roll-back; at a revision that is not known here and did not
/// come by plinth, and for an empty database, it is false.
Task<bool> is_at_head(Engine& engine, std::span<const Revision> revisions);

}  // namespace migrate
}  // namespace plinth

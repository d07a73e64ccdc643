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
// A database that Alembic made is taken over as it stands, and can be handed back.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/detail/ddl.hpp"
#include "plinth/session.hpp"

namespace plinth {

/// What a revision does, as SQL in the dialect of the database. Alembic's `op`.
class Operations {
 public:
  explicit Operations(db::Dialect dialect) : dialect_(dialect) {}

  /// Columns, then constraints.
  template <class... Item>
  void create_table(const std::string& name, Item... item) {
    make_table(name, {sa::TableItem(std::move(item))...});
  }
  void drop_table(const std::string& name);
  void rename_table(const std::string& from, const std::string& to);

  void create_index(const std::string& name, const std::string& table,
                    std::vector<sa::IndexItem> on, sa::IndexOptions options = {});
  void drop_index(const std::string& name);

  void add_column(const std::string& table, sa::Column column);
  void drop_column(const std::string& table, const std::string& column);
  void rename_column(const std::string& table, const std::string& from, const std::string& to);

  // PostgreSQL; SQLite makes constraints with their table only, and throws std::logic_error.
  void create_unique_constraint(const std::string& name, const std::string& table,
                                std::vector<std::string> columns);
  void create_foreign_key(const std::string& name, const std::string& table,
                          const std::string& referred_table, std::vector<std::string> columns,
                          std::vector<std::string> referred, const std::string& ondelete = {});
  void create_check_constraint(const std::string& name, const std::string& table,
                               const std::string& condition);
  void drop_constraint(const std::string& name, const std::string& table);

  /// One statement of SQL.
  void execute(std::string sql);

  db::Dialect dialect() const { return dialect_; }
  const std::vector<std::string>& statements() const { return statements_; }

 private:
  void make_table(const std::string& name, std::vector<sa::TableItem> items);
  void add_constraint(const std::string& table, const sa::TableItem& constraint);
  void alter(const std::string& table, const std::string& change);

  db::Dialect dialect_;
  std::vector<std::string> statements_;
};

/// One step of the database's history.
struct Revision {
  std::string_view revision;       // at most 32 characters; Alembic's are 12 hex digits
  std::string_view down_revision;  // the one before; empty for the first
  std::string_view message;
  std::string_view create_date = {};
  void (*upgrade)(Operations&) = nullptr;
  void (*downgrade)(Operations&) = nullptr;
};

namespace migrate {

/// What an application gives its migrations. Alembic's env.py.
struct Environment {
  std::span<const Revision> revisions;
  MetaData target_metadata = {};  // what autogenerate compares the database with
};

/// Alembic's command line: upgrade, downgrade, current, history, heads, show, stamp, revision.
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

/// Whether the database is at the last revision. False for an empty database.
Task<bool> is_at_head(Engine& engine, std::span<const Revision> revisions);

}  // namespace migrate
}  // namespace plinth

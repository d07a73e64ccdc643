// What a Session holds: the objects to be written, and its transaction.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/driver.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

struct SessionState {
  struct Added {
    const Table* table;  // null: a query instead
    void* object;
    std::shared_ptr<void> owner;  // null when the caller keeps the object
    std::vector<Cell> returned;   // what an INSERT fills in
    std::unique_ptr<Query> query = nullptr;
  };

  explicit SessionState(Driver& of) : driver(of) {}

  /// Runs the work: in the open transaction, in a new one when it changes anything, or without.
  Task<void> run(std::shared_ptr<Work> work, bool changes);
  /// Runs the query with the next flush, among the objects that were added before and after it.
  void add_query(Query query);
  /// Writes what was added, and then runs `last`, in one piece.
  Task<void> flush_and(std::optional<Command> last);
  void end_transaction();

  Driver& driver;
  std::unique_ptr<Connection> connection;  // while a transaction is open
  std::vector<Added> added;
  std::vector<Added> flushing;
  std::vector<std::string> news;  // topics that the driver's notifier is told after the commit
  std::uint64_t transaction = 0;  // counts, so that a Savepoint knows its own
  int savepoints = 0;             // open ones
  int undo_to = 0;                // a dropped savepoint, to be undone before the next statement
  unsigned cursors = 0;           // made so far
  bool in_use = false;

 private:
  void prepare(Work& work, bool begins);
  std::shared_ptr<Work> flush_work();
  void add_commit_hook(Work& work) const;
  void fill_back(std::span<Command> commands);
  Task<void> undo();
};

/// For modules that write more than objects in a caller's transaction.
SessionState& state_of(Session& session);

}  // namespace plinth::db

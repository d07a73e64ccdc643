// When a transaction begins and ends, and what becomes of it when a Task is dropped.
#include "db/session_state.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "base/context.hpp"
#include "base/process_metrics.hpp"
#include "db/commit_hook.hpp"
#include "db/statement_watch.hpp"

namespace plinth::db {

namespace {

// The session is in use from here to the end of the frame. A frame that ends early, dropped or by
// an exception, leaves no half-done transaction: without release() it ends.
class InUse {
 public:
  explicit InUse(SessionState& state) : state_(state) {
    if (state.in_use) {
      throw ProgrammingError("this Session is in use by another Task; give each its own");
    }
    state.in_use = true;
  }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;
  ~InUse() {
    state_.in_use = false;
    if (!released_) state_.end_transaction();
  }
  void release() { released_ = true; }

 private:
  SessionState& state_;
  bool released_ = false;
};

// A connection for a transaction; how long that took is a metric.
Task<std::unique_ptr<Connection>> lease(Driver& driver) {
  auto& metrics = base::process_metrics();
  const auto* pool = driver.dialect() == Dialect::sqlite ? "sqlite" : "postgresql";
  const auto begin = std::chrono::steady_clock::now();
  try {
    auto connection = co_await driver.acquire();
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
    base::ProcessHistogram(metrics.db_wait, pool).observe(waited.count());
    co_return connection;
  } catch (const Unavailable&) {
    metrics.db_timeouts.with({pool}).add(0, 1);
    throw;
  }
}

}  // namespace

void SessionState::end_transaction() {
  connection.reset();
  savepoints = 0;
  undo_to = 0;
  ++transaction;
}

// Puts what must come first before the work: BEGIN, or the undoing of dropped savepoints.
void SessionState::prepare(Work& work, bool begins) {
  std::vector<Command> before;
  if (begins) before.push_back(control(Command::Kind::begin));
  if (undo_to > 0) {
    before.push_back(control(Command::Kind::savepoint, db::rollback_to_sql(undo_to)));
    before.push_back(control(Command::Kind::savepoint, db::release_sql(undo_to)));
    savepoints = undo_to - 1;
    undo_to = 0;
  }
  work.commands.insert(work.commands.begin(), std::make_move_iterator(before.begin()),
                       std::make_move_iterator(before.end()));
  work.savepoint = savepoints;
}

Task<void> SessionState::run(std::shared_ptr<Work> work, bool changes) {
  InUse use(*this);
  const StatementWatch watch(*work, driver.dialect());
  if (!connection && !changes) {
    for (auto& command : work->commands) command.may_write = false;
    co_await driver.run(work);
    use.release();
    if (!work->needs_transaction) co_return;
    work->needs_transaction = false;
    for (auto& command : work->commands) {
      command.may_write = true;
      if (command.sink) command.sink->clear();  // of those that did run
    }
  }
  const bool begins = !connection;
  if (begins) connection = co_await lease(driver);
  prepare(*work, begins);
  std::exception_ptr error;
  try {
    co_await connection->run(work);
  } catch (...) {
    error = std::current_exception();
  }
  // After an error inside a savepoint the transaction goes on.
  if (connection->in_transaction()) {
    use.release();
  } else {
    end_transaction();
    use.release();
  }
  if (error) std::rethrow_exception(std::move(error));
}

Task<void> SessionState::flush_and(std::optional<Command> last) {
  std::shared_ptr<Work> work;
  std::exception_ptr unfit;
  try {
    work = flush_work();
  } catch (...) {
    unfit = std::current_exception();
  }
  if (unfit) {
    co_await undo();
    std::rethrow_exception(std::move(unfit));
  }
  const auto flushed = work->commands.size();
  if (last && last->kind == Command::Kind::commit) add_commit_hook(*work);
  const auto after = work->commands.size() - flushed + (last ? 1 : 0);
  if (last) work->commands.push_back(std::move(*last));
  co_await run(work, true);
  fill_back(std::span(work->commands).last(flushed + after).first(flushed));
}

// As late as it can be: its row stays locked until the commit.
void SessionState::add_commit_hook(Work& work) const {
  const auto* context = base::current_context;
  if (!context || !context->commit_hook || context->commit_hook->driver != &driver) return;
  auto& command = work.commands.emplace_back();
  command.statement = render(context->commit_hook->query, driver.dialect());
  command.expects_one = true;
}

// As a driver does after a statement that failed.
Task<void> SessionState::undo() {
  if (!connection) co_return;
  if (savepoints == 0) {
    end_transaction();
    co_return;
  }
  auto work = std::make_shared<Work>();
  auto& command = work->commands.emplace_back();
  command.kind = Command::Kind::savepoint;
  command.statement.sql = rollback_to_sql(savepoints);
  co_await run(work, true);
}

}  // namespace plinth::db

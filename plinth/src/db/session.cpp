// Session and Savepoint: what each call makes of its query.
#include <utility>

#include "db/session_state.hpp"

namespace plinth {

using db::Command;
using db::control;
using db::Work;

Session::Session(db::Driver& driver) : state_(std::make_unique<db::SessionState>(driver)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

db::SessionState& db::state_of(Session& session) { return *session.state_; }

bool Session::in_transaction() const { return state_->connection != nullptr; }

Task<std::unique_ptr<db::RowSink>> Session::fetch(db::Query query,
                                                  std::unique_ptr<db::RowSink> sink,
                                                  std::size_t limit) {
  const bool is_text = query.kind == db::Query::Kind::text;
  if (limit != no_limit && query.kind == db::Query::Kind::select && !query.for_update) {
    query.rows_wanted = static_cast<std::int64_t>(limit);
  }
  auto work = std::make_shared<Work>();
  auto& command = work->commands.emplace_back();
  command.statement = db::render(query, state_->driver.dialect());
  command.sink = std::move(sink);
  // What changes rows must change all of them.
  if (query.kind == db::Query::Kind::select) command.row_limit = limit;
  const bool changes = !command.statement.reads_only && !is_text;
  co_await state_->run(work, changes);
  co_return std::move(work->commands.back().sink);
}

Task<std::vector<std::unique_ptr<db::RowSink>>> Session::fetch_all(
    std::vector<db::Query> queries, std::vector<std::unique_ptr<db::RowSink>> sinks) {
  auto work = std::make_shared<Work>();
  bool changes = false;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    auto& command = work->commands.emplace_back();
    command.statement = db::render(queries[i], state_->driver.dialect());
    command.sink = std::move(sinks[i]);
    const bool is_text = queries[i].kind == db::Query::Kind::text;
    changes = changes || (!command.statement.reads_only && !is_text);
  }
  co_await state_->run(work, changes);
  const auto before = work->commands.size() - sinks.size();  // BEGIN, perhaps
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    sinks[i] = std::move(work->commands[before + i].sink);
  }
  co_return sinks;
}

Task<Result> Session::run(db::Query query) {
  const bool is_text = query.kind == db::Query::Kind::text;
  auto work = std::make_shared<Work>();
  auto& command = work->commands.emplace_back();
  command.statement = db::render(query, state_->driver.dialect());
  command.sink = std::make_unique<db::ValueRows>();
  const bool changes = !command.statement.reads_only && !is_text;
  co_await state_->run(work, changes);
  auto& done = work->commands.back();
  auto& rows = static_cast<db::ValueRows&>(*done.sink);
  co_return Result{
      .rowcount = done.rowcount, .columns = std::move(rows.columns), .rows = std::move(rows.rows)};
}

Task<void> Session::begin() {
  if (in_transaction()) throw ProgrammingError("this Session is in a transaction already");
  co_await state_->run(std::make_shared<Work>(), true);
}

Task<void> Session::commit() {
  if (state_->added.empty() && !in_transaction()) co_return;
  const auto news = std::exchange(state_->news, {});
  co_await state_->flush_and(control(Command::Kind::commit));
  state_->driver.notifier().notify(news);
}

Task<void> Session::flush() {
  if (state_->added.empty()) co_return;
  co_await state_->flush_and({});
}

Task<void> Session::rollback() {
  state_->added.clear();
  state_->news.clear();
  if (!in_transaction()) co_return;
  auto work = std::make_shared<Work>();
  work->commands.push_back(control(Command::Kind::rollback));
  co_await state_->run(work, true);
}

Task<void> Session::close() { return rollback(); }

Task<Savepoint> Session::begin_nested() {
  co_await flush();
  auto work = std::make_shared<Work>();
  // A dropped savepoint below is undone first, so its depth is free again.
  const int depth = (state_->undo_to > 0 ? state_->undo_to - 1 : state_->savepoints) + 1;
  work->commands.push_back(control(Command::Kind::savepoint, db::savepoint_sql(depth)));
  co_await state_->run(work, true);
  state_->savepoints = depth;
  co_return Savepoint(*state_, state_->transaction, depth);
}

Savepoint::Savepoint(Savepoint&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)),
      transaction_(other.transaction_),
      depth_(other.depth_) {}

Savepoint::~Savepoint() {
  if (!open()) return;
  session_->undo_to = depth_;
  session_->added.clear();  // begin_nested flushed what was added before it
}

bool Savepoint::open() const {
  return session_ && session_->transaction == transaction_ && session_->savepoints >= depth_ &&
         (session_->undo_to == 0 || session_->undo_to > depth_);
}

Task<void> Savepoint::commit() {
  if (!open()) throw ProgrammingError("this savepoint has ended already");
  co_await session_->flush_and(control(Command::Kind::savepoint, db::release_sql(depth_)));
  session_->savepoints = depth_ - 1;
}

Task<void> Savepoint::rollback() {
  if (!open()) co_return;
  session_->added.clear();
  session_->undo_to = depth_;
  co_await session_->run(std::make_shared<Work>(), true);
}

void Session::fail_multiple() {
  throw MultipleResultsFound("Multiple rows were found when one or none was required");
}

void Session::fail_one(std::size_t found) {
  if (found == 0) throw NoResultFound("No row was found when one was required");
  throw MultipleResultsFound("Multiple rows were found when exactly one was required");
}

}  // namespace plinth

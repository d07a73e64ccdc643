// Streams: a cursor in the session's transaction, or in a transaction of its own that only reads.
#include <utility>

#include "db/session_state.hpp"
#include "db/statement_watch.hpp"

namespace plinth::db {

class StreamState {
 public:
  StreamState(SessionState& session, Statement statement, std::size_t yield_per)
      : session_(session),
        transaction_(session.transaction),
        in_transaction_(session.connection != nullptr),
        cursor_(++session.cursors),
        yield_per_(yield_per),
        statement_(std::move(statement)) {}

  Task<std::unique_ptr<RowSink>> fetch(std::unique_ptr<RowSink> sink);

 private:
  Task<std::unique_ptr<RowSink>> fetch_at_once(std::unique_ptr<RowSink> sink);
  std::shared_ptr<Work> next_work(std::unique_ptr<RowSink> sink);
  Task<void> run(std::shared_ptr<Work> work);

  SessionState& session_;
  const std::uint64_t transaction_;
  const bool in_transaction_;
  const unsigned cursor_;
  const std::size_t yield_per_;
  std::unique_ptr<Connection> connection_;  // outside of the session's transaction
  Statement statement_;
  bool opened_ = false;
  bool ended_ = false;
};

std::shared_ptr<Work> StreamState::next_work(std::unique_ptr<RowSink> sink) {
  auto work = std::make_shared<Work>();
  const bool opens = !std::exchange(opened_, true);
  if (opens && !in_transaction_) work->commands.push_back(control(Command::Kind::begin));
  const bool is_sqlite = session_.driver.dialect() == Dialect::sqlite;
  const auto name = "plinth_" + std::to_string(cursor_);
  if (opens && !is_sqlite) {
    auto& declare = work->commands.emplace_back();
    declare.statement = std::move(statement_);
    declare.statement.sql = "DECLARE " + name + " NO SCROLL CURSOR FOR " + declare.statement.sql;
    declare.statement.is_once = true;
  }
  auto& fetch = work->commands.emplace_back();
  if (is_sqlite) {
    fetch.kind = Command::Kind::fetch;
    fetch.cursor = cursor_;
    fetch.statement = std::move(statement_);
  } else {
    fetch.statement.sql = "FETCH FORWARD " + std::to_string(yield_per_) + " FROM " + name;
    fetch.statement.is_once = true;
  }
  fetch.row_limit = yield_per_;
  fetch.sink = std::move(sink);
  return work;
}

Task<void> StreamState::run(std::shared_ptr<Work> work) {
  if (in_transaction_) {
    if (!session_.connection || session_.transaction != transaction_) {
      throw ProgrammingError("the transaction of this stream has ended, and the stream with it");
    }
    co_await session_.run(work, true);
    co_return;
  }
  const StatementWatch watch(*work, session_.driver.dialect());
  co_await connection_->run(work);
}

Task<std::unique_ptr<RowSink>> StreamState::fetch_at_once(std::unique_ptr<RowSink> sink) {
  ended_ = true;
  auto work = std::make_shared<Work>();
  auto& command = work->commands.emplace_back();
  command.statement = std::move(statement_);
  command.sink = std::move(sink);
  command.may_write = false;
  const StatementWatch watch(*work, session_.driver.dialect());
  co_await session_.driver.run(work);
  co_return std::move(work->commands.back().sink);
}

Task<std::unique_ptr<RowSink>> StreamState::fetch(std::unique_ptr<RowSink> sink) {
  if (ended_) co_return sink;
  if (!opened_ && !in_transaction_) {
    connection_ = co_await session_.driver.acquire_reader();
    if (!connection_) co_return co_await fetch_at_once(std::move(sink));
  }
  const auto work = next_work(std::move(sink));
  ended_ = true;  // also when it fails
  try {
    co_await run(work);
  } catch (...) {
    connection_.reset();
    throw;
  }
  auto fetched = std::move(work->commands.back().sink);
  ended_ = fetched->size() < yield_per_;
  if (ended_) connection_.reset();
  co_return fetched;
}

Task<std::unique_ptr<RowSink>> fetch_more(StreamState& stream, std::unique_ptr<RowSink> sink) {
  return stream.fetch(std::move(sink));
}

}  // namespace plinth::db

namespace plinth {

Task<std::shared_ptr<db::StreamState>> Session::open_stream(db::Query query,
                                                            std::size_t yield_per) {
  auto statement = db::render(query, state_->driver.dialect());
  if (query.kind != db::Query::Kind::select && query.kind != db::Query::Kind::compound &&
      query.kind != db::Query::Kind::text) {
    throw ProgrammingError("stream() is for queries that only read");
  }
  if (yield_per == 0) throw ProgrammingError("stream() reads at least one row at a time");
  co_return std::make_shared<db::StreamState>(*state_, std::move(statement), yield_per);
}

}  // namespace plinth

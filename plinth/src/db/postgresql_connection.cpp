#include "db/postgresql_connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/clock.hpp"
#include "base/monotonic.hpp"
#include "db/postgresql_errors.hpp"
#include "db/postgresql_values.hpp"
#include "db/value.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

namespace {

using boost::asio::posix::descriptor_base;

constexpr std::int64_t cancel_again_ms = 1000;

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

// The result of a statement that changed rows says how many: "INSERT 0 1", "UPDATE 3".
std::int64_t changed_rows(const PGresult* result) {
  auto* asked = const_cast<PGresult*>(result);  // libpq only reads it
  const std::string_view tag(PQcmdStatus(asked));
  if (tag.starts_with("SELECT")) return 0;
  const std::string_view digits(PQcmdTuples(asked));
  std::int64_t rows = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), rows);
  return rows;
}

const std::string& sql_of(const Command& command) {
  static const std::string begin = "BEGIN";
  static const std::string commit = "COMMIT";
  static const std::string rollback = "ROLLBACK";
  switch (command.kind) {
    case Command::Kind::begin:
      return begin;
    case Command::Kind::commit:
      return commit;
    case Command::Kind::rollback:
      return rollback;
    default:
      return command.statement.sql;
  }
}

}  // namespace

void Ticket::end(std::exception_ptr failure) {
  if (failure && !error) error = std::move(failure);
  if (--left > 0 || !slot) return;
  const auto woken = std::exchange(slot, nullptr);
  woken->arrive();
}

PostgresqlConnection::PostgresqlConnection(ConnectionHandle handle,
                                           std::shared_ptr<PostgresqlConfig> config)
    : handle_(std::move(handle)),
      config_(std::move(config)),
      socket_(base::Loop::current().context().get_executor(), PQsocket(handle_.get())),
      idle_since_ms_(base::monotonic_ms()) {
  config_->counts.opened();
}

PostgresqlConnection::~PostgresqlConnection() { close(); }

bool PostgresqlConnection::in_transaction() const {
  return alive_ && PQtransactionStatus(handle_.get()) != PQTRANS_IDLE;
}

std::int64_t PostgresqlConnection::running_ms() const {
  return in_flight_.empty() ? 0 : base::monotonic_ms() - head_since_ms_;
}

std::int64_t PostgresqlConnection::idle_ms() const { return base::monotonic_ms() - idle_since_ms_; }

bool PostgresqlConnection::is_head_wanted() const {
  for (const Entry& entry : in_flight_) {
    if (entry.kind != Entry::Kind::statement) continue;
    return entry.sent.ticket && entry.sent.ticket->is_wanted();
  }
  return true;
}

std::string_view PostgresqlConnection::head_sql() const {
  for (const Entry& entry : in_flight_) {
    if (entry.kind != Entry::Kind::statement) continue;
    return entry.sent.ticket ? std::string_view(entry.sent.get().statement.sql)
                             : std::string_view();
  }
  return {};
}

std::vector<Sent> PostgresqlConnection::take_stuck() {
  std::vector<Sent> stuck;
  bool head = true;
  for (Entry& entry : in_flight_) {
    if (entry.kind != Entry::Kind::statement) continue;
    if (!std::exchange(head, false) && entry.sent.ticket) {
      stuck.push_back(std::exchange(entry.sent, {}));
    }
  }
  return stuck;
}

// Two times in a row the kernel sent again what nobody acknowledged: 200 ms, then 400 ms.
bool PostgresqlConnection::is_cut_off() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(PQsocket(handle_.get()), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_unacked > 0 && info.tcpi_backoff >= 2;
}

bool PostgresqlConnection::is_usable() const {
  char next = 0;
  if (::recv(PQsocket(handle_.get()), &next, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
    return !in_flight_.empty();  // its last words
  }
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

void PostgresqlConnection::cancel() {
  const auto now = base::monotonic_ms();
  if (cancelled_head_ms_ == head_since_ms_ && now - cancelled_ms_ < cancel_again_ms) return;
  cancelled_head_ms_ = head_since_ms_;
  cancelled_ms_ = now;
  config_->cancel(handle_.get());
}

// ---- Out.

void PostgresqlConnection::push(Entry entry) {
  if (in_flight_.empty()) {
    head_since_ms_ = base::monotonic_ms();
    group_since_us_ = base::monotonic_microseconds();
  }
  in_flight_.push_back(std::move(entry));
}

// How many statements are answered at the next Sync.
void PostgresqlConnection::count_group() {
  std::uint32_t count = 0;
  auto first = in_flight_.end();
  while (first != in_flight_.begin() && std::prev(first)->kind != Entry::Kind::sync) {
    --first;
    if (first->kind == Entry::Kind::statement) ++count;
  }
  for (; first != in_flight_.end(); ++first) {
    if (first->sent.ticket) first->sent.get().times.together = count;
  }
}

bool PostgresqlConnection::prepare(const std::shared_ptr<PostgresqlStatement>& prepared,
                                   const std::string& sql) {
  // Under its old name the server may still know what is out of date.
  prepared->name = prepared_.next_name();
  const int sent = PQsendPrepare(handle_.get(), prepared->name.c_str(), sql.c_str(),
                                 static_cast<int>(prepared->types.size()), prepared->types.data());
  if (sent != 1) return false;
  prepared->valid = true;
  push({.kind = Entry::Kind::prepare, .prepared = prepared});
  return true;
}

void PostgresqlConnection::close_one() {
  const auto name = prepared_.evict();
  if (!name.empty()) send_control(("DEALLOCATE " + name).c_str());
}

void PostgresqlConnection::send(Sent sent) {
  Command& command = sent.get();
  const std::string& sql = sql_of(command);
  parameters_.assign(command.statement.parameters);
  std::shared_ptr<PostgresqlStatement> prepared;
  int accepted = 0;
  if (config_->pgbouncer || command.statement.is_once) {
    accepted =
        PQsendQueryParams(handle_.get(), sql.c_str(), parameters_.count(), parameters_.types(),
                          parameters_.values(), parameters_.lengths(), parameters_.formats(), 1);
  } else {
    prepared = prepared_.get(sql, command.statement.parameters);
    if (prepared->valid || prepare(prepared, sql)) {
      accepted = PQsendQueryPrepared(handle_.get(), prepared->name.c_str(), parameters_.count(),
                                     parameters_.values(), parameters_.lengths(),
                                     parameters_.formats(), 1);
    }
  }
  push({.kind = Entry::Kind::statement, .sent = std::move(sent), .prepared = std::move(prepared)});
  if (accepted != 1) return close();
  close_one();
}

void PostgresqlConnection::send_control(const char* sql) {
  if (!alive_) return;
  const int accepted =
      PQsendQueryParams(handle_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 1);
  if (accepted == 1) push({.kind = Entry::Kind::control});
}

void PostgresqlConnection::sync() {
  if (!alive_) return;
  count_group();
  if (PQpipelineSync(handle_.get()) == 1) push({.kind = Entry::Kind::sync});
}

void PostgresqlConnection::flush() {
  if (!alive_) return;
  const int left = PQflush(handle_.get());
  if (left < 0) return close();
  if (left > 0) write_later();
  read_later();
}

void PostgresqlConnection::write_later() {
  if (std::exchange(writing_, true)) return;
  socket_.async_wait(descriptor_base::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->writing_ = false;
                       if (!error && self->alive_) self->flush();
                     });
}

// ---- In.

void PostgresqlConnection::read_later() {
  if (std::exchange(receiving_, true)) return;
  socket_.async_wait(descriptor_base::wait_read,
                     [weak = weak_from_this()](const boost::system::error_code& error) {
                       const auto self = weak.lock();
                       if (!self) return;
                       self->receiving_ = false;
                       if (!error && self->alive_) self->receive();
                     });
}

void PostgresqlConnection::receive() {
  if (PQconsumeInput(handle_.get()) != 1) return close();
  const bool was_busy = !in_flight_.empty();
  while (alive_ && !in_flight_.empty() && receive_one()) {
  }
  if (!alive_) return;
  if (PQstatus(handle_.get()) == CONNECTION_BAD) return close();
  read_later();
  if (was_busy && in_flight_.empty()) {
    idle_since_ms_ = base::monotonic_ms();
    if (owner_) owner_->became_idle(*this);
  }
}

// False when the next result has not arrived.
bool PostgresqlConnection::receive_one() {
  if (PQisBusy(handle_.get()) != 0) return false;
  const ResultHandle result(PQgetResult(handle_.get()));
  if (!result) {
    // The end of a statement's results, or the moment before its first.
    if (in_flight_.front().ended) {
      pop();
      return true;
    }
    // libpq has nothing more to say of a connection that has ended.
    return PQstatus(handle_.get()) != CONNECTION_BAD;
  }
  take_result(result.get());
  return true;
}

void PostgresqlConnection::take_result(const PGresult* result) {
  Entry& entry = in_flight_.front();
  const auto status = PQresultStatus(result);
  // An answer too few or too many, as of a broken proxy: none of this connection counts any more.
  if ((status == PGRES_PIPELINE_SYNC) != (entry.kind == Entry::Kind::sync)) return close();
  if (status == PGRES_PIPELINE_SYNC) return pop();
  entry.ended = true;
  if (entry.kind == Entry::Kind::prepare) {
    if (status != PGRES_COMMAND_OK) fail_prepare(result);
    return;
  }
  if (entry.kind != Entry::Kind::statement || !entry.sent.ticket) return;
  if (status == PGRES_PIPELINE_ABORTED) {
    if (entry.outcome == Outcome::done) entry.outcome = Outcome::skipped;
    return;
  }
  const auto& sent = entry.sent;
  if (status == PGRES_EMPTY_QUERY) {
    entry.outcome = Outcome::failed;
    entry.error = std::make_exception_ptr(ProgrammingError("empty SQL"));
    return;
  }
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    auto error = error_of(result, sent.get().statement.sql);
    entry.outcome = Outcome::failed;
    if (error.remedy == Remedy::transaction && !sent.get().may_write) {
      sent.ticket->work->needs_transaction = true;
      error.error = nullptr;
      entry.outcome = Outcome::done;
    } else if (error.remedy == Remedy::prepare_again) {
      if (entry.prepared) entry.prepared->valid = false;
      entry.outcome = Outcome::again;
    } else if (error.remedy == Remedy::again && sent.ticket->is_wanted()) {
      entry.outcome = Outcome::again;
    }
    entry.error = std::move(error.error);
    return;
  }
  if (!sent.ticket->is_wanted()) return;
  try {
    take_rows(sent, result);
  } catch (...) {
    entry.outcome = Outcome::failed;
    entry.error = std::current_exception();
  }
}

// The statement behind it will be skipped; the reason is this one.
void PostgresqlConnection::fail_prepare(const PGresult* result) {
  const auto& prepare = in_flight_.front();
  prepare.prepared->valid = false;
  if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED || in_flight_.size() < 2) return;
  Entry& statement = in_flight_[1];
  if (statement.kind != Entry::Kind::statement || !statement.sent.ticket) return;
  auto error = error_of(result, statement.sent.get().statement.sql);
  statement.outcome = Outcome::failed;
  statement.error = std::move(error.error);
}

void PostgresqlConnection::take_rows(const Sent& sent, const PGresult* result) {
  Command& command = sent.get();
  command.rowcount = changed_rows(result);
  const int width = PQnfields(result);
  RowSink* sink = width > 0 ? command.sink.get() : nullptr;
  if (!sink) return;
  std::vector<std::string> names;
  if (sink->wants_names()) {
    for (int i = 0; i < width; ++i) names.emplace_back(PQfname(result, i));
  }
  sink->begin(std::move(names));
  const auto cells = sink->cells();
  const auto columns = static_cast<std::size_t>(width);
  check_width(cells, columns);
  row_.resize(columns);
  const auto rows = static_cast<std::size_t>(PQntuples(result));
  for (std::size_t row = 0; row < rows && row < command.row_limit; ++row) {
    for (std::size_t i = 0; i < columns; ++i) {
      row_[i] = read(result, static_cast<int>(row), static_cast<int>(i),
                     cells.empty() ? nullptr : &cells[i].type());
    }
    sink->add(row_);
  }
}

void PostgresqlConnection::pop() {
  Entry entry = std::move(in_flight_.front());
  in_flight_.pop_front();
  const auto now_us = base::monotonic_microseconds();
  if (entry.sent.ticket) {
    Command& command = entry.sent.get();
    command.error = entry.error;
    command.skipped = entry.outcome == Outcome::skipped;
    command.times.start(group_since_us_);
    command.times.end(now_us);
  }
  if (entry.kind == Entry::Kind::sync) group_since_us_ = now_us;
  if (!in_flight_.empty()) head_since_ms_ = base::monotonic_ms();
  if (entry.kind != Entry::Kind::statement || !entry.sent.ticket || !owner_) return;
  owner_->ended(std::move(entry.sent), entry.outcome, std::move(entry.error));
}

void PostgresqlConnection::close() {
  if (!std::exchange(alive_, false)) return;
  config_->counts.closed();
  // The last words of a server that shuts down are still unread.
  PQconsumeInput(handle_.get());
  const auto why = std::make_exception_ptr(
      Unavailable("the connection to PostgreSQL was lost: " + why_not_connected(handle_.get())));
  boost::system::error_code ignored;
  socket_.cancel(ignored);
  socket_.release();
  handle_.reset();
  auto lost = std::exchange(in_flight_, {});
  const auto self = weak_from_this().lock();
  for (Entry& entry : lost) {
    if (entry.kind != Entry::Kind::statement || !entry.sent.ticket || !owner_) continue;
    // What the server said before it went counts.
    const bool answered = entry.ended && entry.outcome == Outcome::done;
    Command& command = entry.sent.get();
    if (!answered) command.error = why;
    command.times.start(group_since_us_);
    command.times.end(base::monotonic_microseconds());
    owner_->ended(std::move(entry.sent), answered ? Outcome::done : Outcome::lost,
                  answered ? nullptr : why);
  }
  if (owner_) std::exchange(owner_, nullptr)->lost(*this);
}

}  // namespace plinth::db

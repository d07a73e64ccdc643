// One connection to PostgreSQL in pipeline mode: statements go out in the order they are given,
// their results come back in that order, and nothing waits.
//
// Invariants
// - Used by the thread of its loop alone. Events of its socket keep it alive while they are
// handled.
// - Every statement that was sent ends exactly once, by Owner::ended, also when the connection is
//   lost; then Owner::lost follows.
// - Between two Syncs an error skips what comes behind it: it ends as `skipped`, and did nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <string_view>

#include "base/loop.hpp"
#include "db/driver.hpp"
#include "db/postgresql_config.hpp"
#include "db/postgresql_parameters.hpp"
#include "db/postgresql_statements.hpp"

namespace plinth::db {

/// A Work on its way: its waiter is woken when all its commands have ended.
struct Ticket {
  std::shared_ptr<Work> work;
  std::shared_ptr<base::Arrival::Slot> slot;
  std::size_t left = 0;      // commands that have not ended
  std::exception_ptr error;  // the first

  bool is_wanted() const { return !work->abandoned.load(std::memory_order_relaxed); }
  void end(std::exception_ptr failure);
};

/// One command of a Work, in flight or waiting to be.
struct Sent {
  std::shared_ptr<Ticket> ticket;
  std::size_t command = 0;
  int attempts = 0;
  bool alone = false;  // with a Sync of its own

  Command& get() const { return ticket->work->commands[command]; }
};

enum class Outcome : std::uint8_t {
  done,
  failed,
  skipped,  // an earlier error of the same Sync kept it from running
  again,    // did nothing and may be run again: prepared anew, or cancelled in place of a neighbour
  lost      // the connection has ended, perhaps before it ran, perhaps after
};

class PostgresqlConnection : public std::enable_shared_from_this<PostgresqlConnection> {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void ended(Sent sent, Outcome outcome, std::exception_ptr error) = 0;
    /// Nothing is in flight.
    virtual void became_idle(PostgresqlConnection& connection) = 0;
    virtual void lost(PostgresqlConnection& connection) = 0;
  };

  PostgresqlConnection(ConnectionHandle handle, std::shared_ptr<PostgresqlConfig> config);
  PostgresqlConnection(const PostgresqlConnection&) = delete;
  PostgresqlConnection& operator=(const PostgresqlConnection&) = delete;
  ~PostgresqlConnection();

  /// Before anything is sent. Null: nobody hears of what ends.
  void set_owner(Owner* owner) { owner_ = owner; }

  void send(Sent sent);
  /// SQL whose outcome nobody waits for: what encloses a statement, or undoes it.
  void send_control(const char* sql);
  void sync();
  /// Writes what was sent; to be called once after the last sync().
  void flush();

  bool is_alive() const { return alive_; }
  bool is_idle() const { return in_flight_.empty(); }
  bool in_transaction() const;
  std::size_t in_flight() const { return in_flight_.size(); }
  /// How long the oldest statement in flight has been running, in milliseconds; 0: none.
  std::int64_t running_ms() const;
  std::int64_t idle_ms() const;
  /// Whether anybody waits for the oldest statement in flight.
  bool is_head_wanted() const;
  std::string_view head_sql() const;
  /// Takes out what waits behind the oldest statement: its results will be dropped.
  std::vector<Sent> take_stuck();
  /// Idle, and not ended by the server while nobody looked.
  bool is_usable() const;
  /// True when what was written has not been acknowledged for more than half a second.
  bool is_cut_off() const;

  /// Asks the server to end the oldest statement; of the same one, once a second.
  void cancel();
  /// Ends everything in flight as lost, and closes.
  void close();

 private:
  struct Entry {
    enum class Kind : std::uint8_t { statement, prepare, control, sync };
    Kind kind;
    Sent sent = {};
    std::shared_ptr<PostgresqlStatement> prepared = nullptr;  // prepare, statement
    // How it ended, once its result is there; of a statement perhaps by its prepare.
    bool ended = false;
    Outcome outcome = Outcome::done;
    std::exception_ptr error = nullptr;
  };

  bool prepare(const std::shared_ptr<PostgresqlStatement>& prepared, const std::string& sql);
  void close_one();
  void read_later();
  void write_later();
  void receive();
  bool receive_one();
  void take_result(const PGresult* result);
  void take_rows(const Sent& sent, const PGresult* result);
  void fail_prepare(const PGresult* result);
  void pop();
  void push(Entry entry);
  void count_group();

  ConnectionHandle handle_;
  std::shared_ptr<PostgresqlConfig> config_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> socket_;
  Owner* owner_ = nullptr;
  std::deque<Entry> in_flight_;
  PostgresqlStatements prepared_;
  PostgresqlParameters parameters_;
  std::vector<Value> row_;
  std::int64_t head_since_ms_ = 0;
  // Of what stands between two Syncs and is answered as one; by monotonic_microseconds().
  std::int64_t group_since_us_ = 0;
  std::int64_t idle_since_ms_ = 0;
  std::int64_t cancelled_head_ms_ = -1;
  std::int64_t cancelled_ms_ = 0;
  bool alive_ = true;
  bool writing_ = false;
  bool receiving_ = false;
};

}  // namespace plinth::db

// The PostgreSQL connections of one thread. A few are shared: statements that only read go out
// together, those of one turn of the loop between two Syncs. The others are leased, one to each
// transaction.
//
// Invariants
// - A statement that waits in the outbox has not been sent, or may be sent again: it only reads.
// - A shared connection whose oldest statement takes long is set aside, and what waits behind it is
//   sent again elsewhere.
// - A connection on which something was cancelled is closed as soon as it is idle: the cancellation
//   may arrive late, and must not meet another statement.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "db/driver.hpp"
#include "db/postgresql_connection.hpp"

namespace plinth::db {

class PostgresqlPool final : public PostgresqlConnection::Owner,
                             public std::enable_shared_from_this<PostgresqlPool> {
 public:
  explicit PostgresqlPool(std::shared_ptr<PostgresqlConfig> config);
  PostgresqlPool(const PostgresqlPool&) = delete;
  PostgresqlPool& operator=(const PostgresqlPool&) = delete;
  ~PostgresqlPool() override { close(); }

  /// Statements that only read, and raw ones that may not write.
  Task<void> read(std::shared_ptr<Work> work);
  /// Throws Unavailable when none is free in time, or the database cannot be reached.
  Task<std::unique_ptr<Connection>> acquire();
  /// The end of a lease; what still runs is cancelled and undone.
  void end_lease(std::shared_ptr<PostgresqlConnection> connection);
  /// To be called when something was sent on a leased connection.
  void watch() { tick_later(); }
  /// Everything that waits fails; all connections end.
  void close();

  void ended(Sent sent, Outcome outcome, std::exception_ptr error) override;
  void became_idle(PostgresqlConnection& connection) override;
  void lost(PostgresqlConnection& connection) override;

  enum class Role : std::uint8_t { shared, leased };
  struct Member {
    enum class State : std::uint8_t { ready, leased, aside, cancelled };
    std::shared_ptr<PostgresqlConnection> connection;
    Role role;
    State state;
  };

 private:
  using Handle = std::shared_ptr<PostgresqlConnection>;
  struct Waiter;
  class Place;

  Task<void> read_alone(std::shared_ptr<Work> work);
  bool is_slow(const Work& work) const;

  void flush_later();
  void flush();
  void send_group(PostgresqlConnection& to);
  void fail_waiting(const std::exception_ptr& error);
  Handle pick_shared();
  Handle take_ready();
  void hand_out();
  void take_back(const Handle& connection);

  std::size_t count(Role role) const;
  void open(Role role);
  void open_needed();
  Task<void> connect(Role role);
  void connected(Role role, ConnectionHandle handle);
  void not_connected(std::exception_ptr error);

  void tick_later();
  void tick();
  void look_at(Member& member);
  void set_aside(Member& member);
  void cancel(Member& member);
  Member* find(const PostgresqlConnection& connection);
  void remove(const PostgresqlConnection& connection);

  std::shared_ptr<PostgresqlConfig> config_;
  std::vector<Member> members_;
  std::deque<Sent> outbox_;
  std::deque<std::shared_ptr<Waiter>> waiters_;
  std::unordered_set<std::string> slow_;  // SQL that took long: it gets a connection to itself
  std::size_t connecting_shared_ = 0;
  std::size_t connecting_leased_ = 0;
  boost::asio::steady_timer tick_timer_;
  boost::asio::steady_timer retry_timer_;
  std::int64_t outage_since_ms_ = 0;  // 0: none
  bool retrying_ = false;
  bool flushing_ = false;
  bool ticking_ = false;
  bool closed_ = false;
};

}  // namespace plinth::db

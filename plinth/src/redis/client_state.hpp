// What is behind a Client, and outlives it while somebody waits.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.hpp"
#include "redis/backoff.hpp"
#include "redis/client.hpp"
#include "redis/connection.hpp"
#include "redis/handshake.hpp"

namespace plinth::redis {

/// Where the replies to what was submitted together arrive.
struct Ticket : base::Arrival::Slot {
  std::vector<Reply> replies;
  std::exception_ptr error;
  bool is_wanted = true;  // false once its waiter was destroyed
};

class ClientState final : public Connection::Owner,
                          public std::enable_shared_from_this<ClientState> {
 public:
  ClientState(Url url, ClientOptions options);
  ClientState(const ClientState&) = delete;
  ClientState& operator=(const ClientState&) = delete;
  ~ClientState() override { close(); }

  /// Connects at once when the connection is to be kept open.
  void start() { open_if_needed(); }
  /// bytes    whole commands
  /// replies  how many will come
  Task<std::vector<Reply>> ask(std::string bytes, std::size_t replies);
  /// Nobody waits; errors are logged.
  void post(std::string bytes);
  /// Before the script's first use: new connections load it too.
  void learn(const Script& script);
  void load_scripts_again();
  void close();

  const Url& url() const { return url_; }
  bool is_connected() const { return connection_ != nullptr; }
  std::uint64_t connections() const { return connections_; }
  std::size_t pending() const { return waiting_.size() + in_flight_.size(); }

  void received(Reply reply) override;
  void drained() override;
  void lost(const std::string& why) override;

 private:
  struct Entry {
    std::shared_ptr<Ticket> ticket;  // null: posted
    std::string bytes;               // empty once sent
    std::size_t replies = 1;         // that are still to come
    std::int64_t since_ms = 0;       // waiting, then in flight

    bool is_wanted() const { return !ticket || ticket->is_wanted; }
  };

  void submit(Entry entry);
  void end(Entry entry, const std::exception_ptr& error);
  void fail_all(std::deque<Entry>& entries, const std::exception_ptr& error);
  void log_post_error(const std::string& error);

  void flush_later();
  void flush();
  void send_waiting();

  void open_if_needed();
  Task<void> open();
  std::vector<Words> greeting() const;
  void opened(Ready ready);
  void not_opened(const std::string& why);
  void begin_outage(const std::string& why);

  void tick_later();
  void tick();

  Url url_;
  ClientOptions options_;
  std::shared_ptr<Connection> connection_;
  std::deque<Entry> waiting_;
  std::deque<Entry> in_flight_;
  std::vector<const Script*> scripts_;
  std::size_t waiting_bytes_ = 0;
  Backoff backoff_;
  boost::asio::steady_timer tick_timer_;
  boost::asio::steady_timer retry_timer_;
  std::string trouble_;  // why the last connection ended or could not be opened
  std::uint64_t connections_ = 0;
  std::int64_t opened_ms_ = 0;
  std::int64_t outage_since_ms_ = 0;  // 0: none
  bool opening_ = false;              // or about to, after a pause
  bool leaving_ = false;              // the connection answers that it is of no use
  bool flushing_ = false;
  bool ticking_ = false;
  bool post_error_logged_ = false;
  bool closed_ = false;
};

}  // namespace plinth::redis

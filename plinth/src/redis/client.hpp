// A client of Redis for one thread: one connection, on which the commands of one turn of the loop
// go out together.
//
// Invariants
// - A command that waits has not been sent; when the connection is lost it goes out on the next.
//   A command in flight then fails as Unavailable with may_have_run.
// - Replies come in the order of the commands. A waiter that was destroyed keeps its place: its
//   command is dropped if it still waits, its reply if it is in flight.
//
// Thread safety: none; the loop's thread alone. `Clients` gives each thread its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/per_loop.hpp"
#include "plinth/task.hpp"
#include "redis/command.hpp"
#include "redis/errors.hpp"
#include "redis/reply.hpp"
#include "redis/url.hpp"

namespace plinth::redis {

struct ClientOptions {
  std::int64_t connect_limit_ms = 1000;  // also how long a command waits for a connection
  std::int64_t command_limit_ms = 5000;  // of silence with a command in flight: it is cut off
  std::size_t queue_limit = 65'536;      // commands that wait or are in flight
  std::size_t queue_bytes_limit = 64UL * 1024 * 1024;   // of commands that wait
  std::size_t reply_bytes_limit = 256UL * 1024 * 1024;  // of one reply
  std::string name = "plinth";                          // seen in CLIENT LIST
  /// Commands that each new connection begins with; then it is kept open, also when nobody asks.
  std::function<std::vector<Words>()> greeting = {};
  /// Their replies, errors among them.
  std::function<void(const std::vector<Reply>&)> greeted = {};
};

enum class Together : std::uint8_t {
  in_order,  // one after another; others' commands do not come between on this connection
  atomic,    // MULTI ... EXEC
};

class ClientState;

class Client {
 public:
  explicit Client(Url url, ClientOptions options = {});
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// Who still waits gets Unavailable.
  ~Client();

  /// Throws Unavailable, or CommandError when Redis refuses it.
  Task<Reply> command(Words words);
  /// The replies in order, errors among them. Throws CommandError when a transaction is refused as
  /// a whole.
  Task<std::vector<Reply>> pipeline(std::vector<Words> commands,
                                    Together together = Together::in_order);
  /// The script must outlive the client.
  Task<Reply> eval(const Script& script, Words keys, Words arguments);
  /// A script as a command of a pipeline or for post().
  Words call(const Script& script, Words keys, Words arguments);
  /// Sends without waiting for the reply; an error is logged.
  void post(Words words);

  bool is_connected() const;
  /// How many were opened so far: what was told to an earlier one may be forgotten.
  std::uint64_t connections() const;
  /// Commands that wait or are in flight.
  std::size_t pending() const;

 private:
  std::shared_ptr<ClientState> state_;
};

/// A Client for each thread that asks, made when it does; lives as long as its loop and this.
class Clients : public base::PerLoop<Client> {
 public:
  explicit Clients(Url url, ClientOptions options = {})
      : PerLoop([url = std::move(url), options = std::move(options)] {
          return std::make_shared<Client>(url, options);
        }) {}
};

}  // namespace plinth::redis

// One client: reads requests, has them answered, writes the answers, in order. All on its worker's
// thread.
//
// serve() is the connection's life as one coroutine. It waits for one thing at a time: bytes, room
// to write, or its handler; tick() ends a wait that takes too long. Events hold a reference to the
// connection, so that one which comes after the coroutine was destroyed finds nobody waiting and
// does nothing.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.hpp"
#include "http/parser.hpp"
#include "http/request_trace.hpp"
#include "plinth/http.hpp"
#include "plinth/task.hpp"
#include "server/address_counts.hpp"
#include "server/response_writer.hpp"
#include "server/transport.hpp"

namespace plinth::server {

class Worker;

class Connection final : public boost::intrusive::list_base_hook<
                             boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Pointer = boost::intrusive_ptr<Connection>;
  using List = boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;

  Connection(Worker& worker, Transport transport, const boost::asio::ip::tcp::endpoint& peer,
             AddressCounts::Place place);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  static Task<> serve(Pointer connection);

  /// Ends the present wait when its time is over.
  void tick(std::int64_t now_ms);
  /// The server stops: an idle connection ends soon, another one after its answer.
  void stop();

 private:
  static constexpr std::size_t copied_content_max = 16 * 1024;  // larger bodies are sent from
                                                                // where they are
  // What the client is given time for; nothing while its handler runs.
  enum class Phase : std::uint8_t { handshake, idle, header, body, handler, write, linger };
  enum class Waiting : std::uint8_t { nothing, socket, bytes, room, handler, turn };
  struct Ready;
  struct Bytes;
  struct Room;
  struct Handled;
  struct Turn;
  struct Membership;

  Task<bool> shake_hands();
  Task<> converse();
  Task<bool> send_rest();
  Task<bool> let_others();
  Task<> linger();

  void fill_request();
  void begin_body();
  void begin_handling();
  bool is_too_late(std::int64_t now_ms);
  bool has_memory();
  void settle_memory();
  void charge_answer(Response& response);
  void end_handling();
  void end_active();
  Response outcome();
  void write(Response& response, bool to_head);
  void write_error(int status);
  static void count_refused(std::string_view reason);
  static Response overloaded_answer();
  void write_overloaded();
  void refuse_plain_http();

  bool send();
  bool has_output() const { return sent_ < out_.size() + content_.size(); }
  bool holds_output() const;
  void release_output();

  void enter(Phase phase, int timeout_ms);
  void enter_reading();
  void enter_writing();
  bool is_slow_body(std::int64_t now_ms) const;
  bool is_slow_reader(std::int64_t now_ms);
  std::int64_t taken_bytes();
  void expire();

  void watch();
  void receive();
  void on_bytes(const boost::system::error_code& error, std::size_t size);
  void arrived(std::size_t size);
  bool looked_again();
  void on_readable(const boost::system::error_code& error);
  bool client_left();
  void resume(Waiting kind);

  friend void intrusive_ptr_add_ref(Connection* connection) noexcept { ++connection->references_; }
  friend void intrusive_ptr_release(Connection* connection) noexcept {
    if (--connection->references_ == 0) delete connection;
  }

  Worker& worker_;
  Transport transport_;
  const AddressCounts::Place place_;
  unsigned references_ = 0;  // all on one thread

  std::coroutine_handle<> waiter_;
  Waiting waiting_ = Waiting::nothing;
  Phase phase_ = Phase::idle;
  bool watching_ = false;  // on_readable will be called
  bool expired_ = false;
  bool active_ = false;  // its handler was called and has not ended
  bool served_ = false;  // a request, so that the next wait is keep-alive's
  bool closing_ = false;
  bool broken_ = false;       // nothing can be sent any more
  bool ended_ = false;        // the client sends nothing any more
  std::size_t received_ = 0;  // by the last wait; 0 when it ended otherwise
  std::int64_t due_ms_ = 0;
  std::int64_t idle_since_ms_ = 0;
  std::int64_t body_since_ms_ = 0;
  std::int64_t write_since_ms_ = 0;
  std::int64_t taken_at_first_ = 0;  // by the client, when this write began; see taken_bytes()
  std::int64_t taken_ = 0;           // at the last look
  bool fresh_ = false;       // the last bytes of the present request came by themselves, not behind
                             // another's
  unsigned in_a_row_ = 0;    // requests without a wait between them
  std::size_t charged_ = 0;  // of the buffer, to the process's memory of bodies
  std::size_t charged_answer_ = 0;  // of large_, to that of answers

  const std::string peer_host_;
  const std::uint16_t peer_port_;
  http::RequestParser parser_;
  Request request_;
  http::RequestTrace trace_;
  base::Context context_;
  Task<Response> handling_;
  std::string out_;                   // heads and small bodies of one or more responses
  Response large_;                    // owns content_
  std::string_view content_;          // follows out_
  std::size_t sent_ = 0;              // of out_ and content_
  BackgroundTasks::List background_;  // of the responses that are being sent
};

}  // namespace plinth::server

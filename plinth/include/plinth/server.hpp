// An HTTP/1.1 server over an App. Stands for uvicorn.
// Example: plinth/examples/echo/main.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plinth/detail/handler.hpp"

namespace plinth {

/// Every limit has a safe default. Times are in milliseconds and kept to about a quarter of a
/// second.
struct ServerOptions {
  std::string host = "127.0.0.1";  // an address of this machine; "0.0.0.0" and "::" are all of them
  std::uint16_t port = 8000;       // 0: any free one, see Server::port()
  unsigned threads = 0;            // event loops; 0: one a core
  bool reuse_port = false;         // another process may listen on the same port (rolling restarts)
  // Sockets that listen already, of systemd or a supervisor, in place of host and port.
  std::vector<int> sockets = {};
  // TLS: PEM files as uvicorn's --ssl-certfile (with the chain) and --ssl-keyfile ("": the key is
  // in the certificate's file). Without a certificate bytes go as they are.
  std::string ssl_certfile = {};
  std::string ssl_keyfile = {};
  std::string ssl_keyfile_password = {};
  int ssl_reload_ms = 10'000;         // how often the files are looked at; 0: only at SIGHUP
  int handshake_timeout_ms = 10'000;  // of TLS
  // Of the process; one more is answered 503 and closed. Fewer when the limit of open files, which
  // is raised as far as it may be, has no room for so many.
  std::size_t connections_max = 20'000;
  // Of one client address (IPv6: a /64), likewise; 0: any. Behind a proxy all have its address.
  std::size_t connections_per_address_max = 0;

  std::size_t request_line_bytes_max = 8 * 1024;      // longer is 414
  std::size_t header_bytes_max = 32 * 1024;           // all fields together; more is 431
  std::size_t header_fields_max = 128;                // more is 431
  std::size_t body_bytes_max = 1024 * 1024;           // more is 413, unless the handler allows it
  std::size_t chunk_extension_bytes_max = 16 * 1024;  // of one body; more is 400
  std::size_t trailer_bytes_max = 16 * 1024;          // more is 431
  // Of all bodies that are being received, in memory; one that finds no room is 503.
  std::size_t body_memory_max = 256 * 1024 * 1024;
  // Of all answers that wait for their clients, likewise; one that finds no room is replaced by
  // 503.
  std::size_t answer_memory_max = 512 * 1024 * 1024;

  int header_timeout_ms =
      10'000;  // from a request's first byte (or the connection's start) to its last header
  int keep_alive_timeout_ms = 5'000;  // between two requests
  int body_grace_ms = 10'000;         // before the rate of a body's bytes is looked at
  std::size_t body_bytes_per_second_min = 500;
  int write_timeout_ms = 30'000;  // without the client taking a byte; and before their rate is
                                  // looked at
  std::size_t write_bytes_per_second_min = 500;
  // For a handler from its request's arrival, where its route has no deadline_ms; then it is
  // cancelled and the answer is 503. 0: any time.
  int handler_timeout_ms = 60'000;
  // When the event loop does not keep up, requests that waited longer for it are 503 before any
  // work is done for them; but never those for these paths, which tell how the process does.
  int queue_ms_max = 500;  // 0: all are answered, however late
  std::vector<std::string> never_shed = {"/health", "/ready", "/metrics"};
  int drain_delay_ms = 0;    // after SIGTERM, for balancers to learn that /ready fails: it still
                             // accepts, and its answers say "connection: close"
  int stop_idle_ms = 1'000;  // then: a connection idle for so long is closed
  int grace_period_ms = 30'000;  // and this for requests that run
  bool notify = false;  // tells the service manager of $NOTIFY_SOCKET: READY, STOPPING, WATCHDOG
  bool half_close = false;  // also wait for answers to a client that closed its sending side: it
                            // looks like one that left
};

/// Serves one handler on one address. Lives on the thread that runs it; stop() may be called from
/// any.
class Server {
 public:
  /// `handler` must outlive the server and is called from all its threads.
  Server(detail::Handler& handler, ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Reads the certificate and takes the address. Throws std::runtime_error with a sentence when
  /// that cannot be. run() does it if need be.
  void listen();
  /// The port that is listened on; 0 before listen().
  std::uint16_t port() const;

  /// Starts the handler, serves until SIGTERM, SIGINT or stop(), then lets running requests finish
  /// (a further signal goes on to the next stage, the last one ends at once) and shuts the handler
  /// down. SIGHUP reads the certificate anew. Returns the exit code of the
  /// process: 1, after one line in the log, when the address cannot be had or the handler does not
  /// start or shut down, else 0.
  int run();
  /// Begins the same graceful stop. From any thread.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plinth

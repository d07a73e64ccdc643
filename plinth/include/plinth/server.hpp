// An HTTP/1.1 server over an App. Stands for uvicorn.
// Example: plinth/examples/echo/main.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "plinth/detail/handler.hpp"

namespace plinth {

/// Every limit has a safe default. Times are in milliseconds and kept to about a quarter of a
/// second.
struct ServerOptions {
  std::string host = "127.0.0.1";  // an address of this machine; "0.0.0.0" and "::" are all of them
  std::uint16_t port = 8000;       // 0: any free one, see Server::port()
  unsigned threads = 0;            // event loops; 0: one a core
  bool reuse_port = false;         // another process may listen on the same port (rolling restarts)
  std::size_t connections_max = 10'000;  // of the process; one more is answered 503 and closed

  std::size_t request_line_bytes_max = 8 * 1024;      // longer is 414
  std::size_t header_bytes_max = 32 * 1024;           // all fields together; more is 431
  std::size_t header_fields_max = 128;                // more is 431
  std::size_t body_bytes_max = 1024 * 1024;           // more is 413, unless the handler allows it
  std::size_t chunk_extension_bytes_max = 16 * 1024;  // of one body; more is 400
  std::size_t trailer_bytes_max = 16 * 1024;          // more is 431

  int header_timeout_ms =
      10'000;  // from a request's first byte (or the connection's start) to its last header
  int keep_alive_timeout_ms = 5'000;  // between two requests
  int body_grace_ms = 10'000;         // before the rate of a body's bytes is looked at
  std::size_t body_bytes_per_second_min = 500;
  int write_timeout_ms = 30'000;  // without the client taking a byte
  int grace_period_ms = 30'000;   // after SIGTERM, for requests that run
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

  /// Takes the address. Throws std::runtime_error with a sentence when it cannot be had. run() does
  /// it if need be.
  void listen();
  /// The port that is listened on; 0 before listen().
  std::uint16_t port() const;

  /// Starts the handler, serves until SIGTERM, SIGINT or stop(), then lets running requests finish
  /// (a second signal ends at once) and shuts the handler down. Returns the exit code of the
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

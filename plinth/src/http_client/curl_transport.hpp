// Calls by libcurl, on a thread of the client's own.
//
// Invariants
// - A Transfer is the thread's from start() until it posts `done` to its caller's loop, and the
//   caller's from then on. A caller that has gone leaves `abandoned` behind.
// - The thread waits for nothing but sockets, times and its inbox.
//
// Thread safety: handle_async_request from any thread with an event loop.
#pragma once

#include <memory>

#include "plinth/http_client.hpp"

namespace plinth::http_client {

/// Of one call: what AsyncClientOptions says, or the call itself.
struct Limits {
  int timeout_ms = 0;
  int total_ms_max = 0;
};

class CurlTransport final : public AsyncTransport {
 public:
  explicit CurlTransport(const AsyncClientOptions& options);
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;
  ~CurlTransport() override;

  /// Ends what runs; further calls are refused.
  void close();
  Task<ClientResponse> handle_async_request(ClientRequest request) override;
  Task<ClientResponse> send(ClientRequest request, Limits limits);

 private:
  class Engine;
  std::shared_ptr<Engine> engine_;
  Limits limits_;
};

}  // namespace plinth::http_client

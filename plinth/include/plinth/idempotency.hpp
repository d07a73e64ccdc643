// Idempotency-Key: a POST that is sent again, because its answer was lost, is not done again.
// Source: draft-ietf-httpapi-idempotency-key-header-07. Example: plinth/examples/11_idempotency.cpp
//
//   app.use(Idempotency{.engine = &app.provided<Engine>(), .whoami = "/api/v1/users/me"});
//   app.post<create_order>("/orders", {.dependencies = {depends<require_idempotency_key>}});
//
//   curl -H 'Idempotency-Key: "8e03978e-40d5-43e8-bc93-6894a57f9324"' …
//
// What is guaranteed, for what handlers do in the database of `engine`: it is committed at most
// once a key. The key's row is marked in the very transaction that commits the handler's changes,
// so that a crash leaves both or neither:
//
//   - nothing was committed (an error, a client that left, a crash before the commit): the request
//     may be sent again and is done then; after a crash, once `lock` is over;
//   - it was committed and the answer was kept: that answer again, with Idempotency-Replayed: true;
//   - it was committed and the answer is lost (a crash between the two, an answer that must not be
//     stored or is too long): 409, which says so. It is not done again.
//
// What a handler does elsewhere (a payment, a mail) is not covered: enqueue a task instead
// (session->enqueue), which commits with the rest, or hand the key on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plinth/datetime.hpp"
#include "plinth/model.hpp"
#include "plinth/params.hpp"
#include "plinth/session.hpp"

namespace plinth {

namespace detail {
struct AsyncMiddleware;
}

/// A key and what became of its request; one of the tables that an application's migrations make.
struct IdempotencyKey {
  static constexpr auto table = "plinth_idempotency_keys";

  Column<std::string, max_length(64), primary_key> id;  // digest of who and key
  Column<std::string, max_length(64)> fingerprint;      // digest of the request
  Column<std::string, max_length(36)> claim;            // of the request that is at it
  Column<std::int32_t, defaults_to(0)> state;           // 0 begun, 1 committed, 2 answered
  Column<std::int32_t, defaults_to(0)> status;          // of the answer; 0: it is not kept
  Column<std::optional<std::string>> headers;           // JSON
  Column<std::optional<Bytes>> body;
  Column<std::int64_t> locked_until_us;
  Column<std::int64_t, indexed> expires_us;
};

/// Requests without an Idempotency-Key pass, and so do those of nobody: a key is somebody's.
///
///   400  a key that is none: 1 to 255 visible ASCII characters, in quotes or without, once
///   409  a request of this key is being answered, or was and its answer is lost
///   422  the key came with another request before
///
/// Use it before Cors, Gzip and the like: they then see a replayed answer as any other.
struct Idempotency {
  Engine* engine = nullptr;  // must outlive the app's requests
  std::vector<std::string> methods = {"POST", "PATCH"};
  // A GET route that answers who asks, for each request with a key: so that a user who has a new
  // token, or none any more, is known as such. Its member `id` is who. Empty: whoever sends the
  // same Authorization.
  std::string whoami = {};
  Seconds retention{86'400};  // a key is good for a day
  Seconds lock{60};           // how long after a crash others of the key are told 409
  std::size_t body_bytes_max = std::size_t{64} * 1024;  // of an answer; longer ones are not kept
};

std::unique_ptr<detail::AsyncMiddleware> make_middleware(Idempotency options);

/// Of a route that must not be called without: 400.
void require_idempotency_key(Header<"Idempotency-Key", std::optional<std::string>> key);

}  // namespace plinth

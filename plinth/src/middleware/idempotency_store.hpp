// The rows of idempotency keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plinth/http.hpp"
#include "plinth/idempotency.hpp"

namespace plinth::middleware {

/// A request that has, or wants, a key.
struct KeyClaim {
  std::string id;
  std::string fingerprint;
  std::string claim;  // random
};

/// who  "user:7"; a database learns neither who nor the key, only a digest of both
KeyClaim make_claim(std::string_view who, std::string_view key, const Request& request);

/// Takes the key: none when it is ours now; else its row, as it stands.
Task<std::optional<IdempotencyKey>> take_key(Engine& engine, KeyClaim claim, std::int64_t lock_us,
                                             std::int64_t retention_us);
/// What marks the key as committed, for a commit of the handler's.
db::Query mark_committed(const KeyClaim& claim);
/// Forgets the key, so that the request may be sent again. False when something was committed.
Task<bool> release_key(Engine& engine, KeyClaim claim);
/// Keeps the answer, or with status 0 that there was one. False when the key was lost.
struct KeptAnswer {
  int status = 0;
  std::optional<std::string> headers = {};
  std::optional<Bytes> body = {};
};
Task<bool> keep_answer(Engine& engine, KeyClaim claim, KeptAnswer answer);
/// Deletes what has expired.
Task<void> purge_keys(Engine& engine);

KeptAnswer kept_answer(const Response& response);
Response replayed(const IdempotencyKey& row);

}  // namespace plinth::middleware

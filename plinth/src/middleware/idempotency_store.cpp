#include "middleware/idempotency_store.hpp"

#include <initializer_list>
#include <utility>

#include "base/clock.hpp"
#include "security/base64.hpp"
#include "security/digest.hpp"

namespace plinth::middleware {

namespace {

constexpr std::int32_t begun = 0;
constexpr std::int32_t committed = 1;
constexpr std::int32_t answered = 2;

auto is_ours(const KeyClaim& claim) {
  return col<&IdempotencyKey::id> == claim.id && col<&IdempotencyKey::claim> == claim.claim;
}

// Each part with its length, so that no two lists of parts are one text.
std::string digest_of(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) text.append(std::to_string(part.size())).append(":").append(part);
  return security::encode_base64url(security::sha256(text));
}

Task<std::optional<IdempotencyKey>> find_key(Session& session, std::string id) {
  co_return co_await session.one_or_none(
      select<IdempotencyKey>().where(col<&IdempotencyKey::id> == id));
}

// What the insertion's `where` says, of a row that was read.
bool is_free(const IdempotencyKey& row, const KeyClaim& claim, std::int64_t now) {
  return *row.expires_us <= now || (*row.state == begun && *row.locked_until_us <= now &&
                                    *row.fingerprint == claim.fingerprint);
}

}  // namespace

KeyClaim make_claim(std::string_view who, std::string_view key, const Request& request) {
  const auto type = request.header("content-type").value_or("");
  return {.id = digest_of({who, key}),
          .fingerprint = digest_of({request.method, request.target, type, request.body}),
          .claim = Uuid::random().str()};
}

Task<std::optional<IdempotencyKey>> take_key(Engine& engine, KeyClaim claim, std::int64_t lock_us,
                                             std::int64_t retention_us) {
  const auto now = base::clock_microseconds();
  auto session = engine.session();
  // Looked at first: a reader waits for nobody, and SQLite has one that writes.
  auto row = co_await find_key(session, claim.id);
  if (row && !is_free(*row, claim, now)) co_return row;

  // A key is free again when it has expired, and when its request began, was left and committed
  // nothing. Should that one still run, its commit will find the key lost and fail.
  const auto expired = col<&IdempotencyKey::expires_us> <= now;
  const auto left = col<&IdempotencyKey::state> == begun &&
                    col<&IdempotencyKey::locked_until_us> <= now &&
                    col<&IdempotencyKey::fingerprint> == claim.fingerprint;
  auto taken = co_await session.all(
      insert(IdempotencyKey{.id = claim.id,
                            .fingerprint = claim.fingerprint,
                            .claim = claim.claim,
                            .locked_until_us = now + lock_us,
                            .expires_us = now + retention_us})
          .on_conflict_do_update(col<&IdempotencyKey::id>)
          .set(col<&IdempotencyKey::fingerprint> = excluded<&IdempotencyKey::fingerprint>,
               col<&IdempotencyKey::claim> = excluded<&IdempotencyKey::claim>,
               col<&IdempotencyKey::state> = begun, col<&IdempotencyKey::status> = 0,
               col<&IdempotencyKey::headers> = std::optional<std::string>(),
               col<&IdempotencyKey::body> = std::optional<Bytes>(),
               col<&IdempotencyKey::locked_until_us> = excluded<&IdempotencyKey::locked_until_us>,
               col<&IdempotencyKey::expires_us> = excluded<&IdempotencyKey::expires_us>)
          .where(expired || left)
          .returning(col<&IdempotencyKey::claim>));
  co_await session.commit();
  if (!taken.empty()) co_return std::nullopt;

  row = co_await find_key(session, claim.id);
  // Released just now: the client may try again, as with one that is being answered.
  if (!row) {
    row = IdempotencyKey{.id = claim.id,
                         .fingerprint = claim.fingerprint,
                         .claim = "",
                         .locked_until_us = now,
                         .expires_us = now};
  }
  co_return row;
}

db::Query mark_committed(const KeyClaim& claim) {
  return update<IdempotencyKey>()
      .set(col<&IdempotencyKey::state> = committed)
      .where(is_ours(claim))
      .query();
}

Task<bool> release_key(Engine& engine, KeyClaim claim) {
  auto session = engine.session();
  const auto gone = co_await session.execute(
      delete_from<IdempotencyKey>().where(is_ours(claim) && col<&IdempotencyKey::state> == begun));
  co_await session.commit();
  co_return gone.rowcount == 1;
}

Task<bool> keep_answer(Engine& engine, KeyClaim claim, KeptAnswer answer) {
  auto session = engine.session();
  const auto kept = co_await session.execute(
      update<IdempotencyKey>()
          .set(col<&IdempotencyKey::state> = answered, col<&IdempotencyKey::status> = answer.status,
               col<&IdempotencyKey::headers> = answer.headers,
               col<&IdempotencyKey::body> = answer.body)
          .where(is_ours(claim)));
  co_await session.commit();
  co_return kept.rowcount == 1;
}

Task<void> purge_keys(Engine& engine) {
  auto session = engine.session();
  co_await session.execute(delete_from<IdempotencyKey>().where(col<&IdempotencyKey::expires_us> <=
                                                               base::clock_microseconds()));
  co_await session.commit();
}

KeptAnswer kept_answer(const Response& response) {
  Json headers = Json::Array{};
  if (!response.media_type.empty()) {
    headers.push_back(Json::Array{"content-type", response.media_type});
  }
  for (const auto& [name, value] : response.headers) {
    headers.push_back(Json::Array{name, value});
  }
  return {.status = response.status,
          .headers = headers.dump(),
          .body = Bytes{std::string(response.content())}};
}

Response replayed(const IdempotencyKey& row) {
  Response response;
  response.status = *row.status;
  response.media_type = {};
  if (row.body->has_value()) response.body = (*row.body)->data;
  const auto headers = Json::parse(row.headers->value_or("[]"));
  for (const auto& field : headers.items()) {
    response.headers.append(field[0].str(), field[1].str());
  }
  response.headers.append("idempotency-replayed", "true");
  return response;
}

}  // namespace plinth::middleware

// Entity tags and the requests that depend on them: 304 for what has not changed, 412 for a change
// to what somebody else has changed meanwhile. Source: RFC 9110, 8.8.3 and 13; RFC 6585, 3
// Example: plinth/examples/10_conditional.cpp
//
//   app.use(ETag{});  // GETs: an ETag, and 304 where If-None-Match has it
//
//   Task<NoteRead> update_note(Path<"id", std::int64_t> id, NoteUpdate data, SessionDep session,
//                              const Request& request, Response& response) {
//     auto note = co_await lock_note(session, *id);      // SELECT … FOR UPDATE, in a transaction
//     require_match(request, etag(to<NoteRead>(*note)));  // 412 if it is not what the client saw
//     …
//     co_await session->commit();
//     set_etag(response, etag(to<NoteRead>(*note)));
//
// The comparison must be made in the transaction that changes the row, with the row locked: only
// then no other change comes between.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "plinth/http.hpp"
#include "plinth/schema.hpp"

namespace plinth {

namespace detail {
struct Middleware;
}

/// A strong entity tag of these bytes, with its quotes: 128 bits of their SHA-256.
std::string etag(std::string_view bytes);

/// The same of a schema's value as responses write it, so that it changes when an answer would.
template <class T>
  requires(!std::is_convertible_v<const T&, std::string_view>)
std::string etag(const T& value) {
  return etag(std::string_view(model_dump_json(value)));
}

/// The ETag of an answer; `response` is the handler's parameter, or the answer itself.
void set_etag(Response& response, std::string_view tag);

/// If-Match against the tag of what is there now. A request without it passes.
///
/// throws  HttpError 412 when the client has seen something else
void check_match(const Request& request, std::string_view current);

/// The same for changes that nobody may make blindly.
///
/// throws  HttpError 428 without If-Match (RFC 6585, 3), 412 as check_match
void require_match(const Request& request, std::string_view current);

/// If-None-Match of a request that changes something: `*` makes only what is not there yet.
///
/// current  the tag of what is there; empty: nothing is
/// throws   HttpError 412
void check_none_match(const Request& request, std::optional<std::string_view> current);

/// Gives answers to GET and HEAD an ETag, of their bytes, unless the handler has set one or forbids
/// to store them (Cache-Control: no-store); answers 304 without a body where If-None-Match has it.
/// Stand it inside of Gzip, which marks the tag of what it compresses ("…-gzip"): that is another
/// representation.
struct ETag {
  bool automatic = true;  // false: only answers whose handler has set an ETag
  bool weak = false;      // W/"…": the same meaning, not the same bytes
  std::size_t body_bytes_max = std::size_t{64} * 1024;  // hashing more takes too long for a loop
};

std::unique_ptr<detail::Middleware> make_middleware(ETag options);

}  // namespace plinth

// Fills a C++ value from JSON by the rules of its type's table, with pydantic's coercions and
// errors.
//
// Source: pydantic 2.13, python mode, as FastAPI 0.143 calls it (from_attributes).
#pragma once

#include <cstdint>

#include "json/node.hpp"
#include "plinth/detail/type.hpp"
#include "schema/errors.hpp"

namespace plinth::schema {

enum class Mode : std::uint8_t {
  lax,     // "5" is an int
  strict,  // it is none
};

/// Reads `input` into `out`, collecting every error.
///
/// out      a value made by type.make_blank; holds some valid value of its C++ type afterwards,
///          also when the input was bad
/// loc      where the input stands: Loc("body"), Loc(query, "limit")
/// returns  whether it was good; else `errors` has grown
bool validate(const detail::Type& type, const json::Node& input, void* out, Errors& errors,
              const Loc& loc, Mode mode = Mode::lax);

/// Compiles the patterns of a type and of all that it holds. Call it at start-up: a pattern that is
/// no regular expression throws std::invalid_argument with its text and the reason.
void prepare(const detail::Type& type);

}  // namespace plinth::schema

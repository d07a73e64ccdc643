// UUIDs from text, in pydantic's four spellings.
#pragma once

#include <string_view>

#include "formats/problem.hpp"
#include "plinth/values.hpp"

namespace plinth::formats {

/// 32 hex digits: plain, hyphenated, in braces, or after "urn:uuid:". Source: pydantic 2.13,
/// uuid 1.x (Rust).
Parsed<Uuid> uuid_from_text(std::string_view text);

}  // namespace plinth::formats

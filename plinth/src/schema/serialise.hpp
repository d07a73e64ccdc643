// Writes C++ values as JSON, in one pass over the table of their type.
#pragma once

#include <cstdint>
#include <string>

#include "plinth/detail/type.hpp"

namespace plinth::schema {

enum class Style : std::uint8_t {
  model,  // as pydantic's dump_json: "…Z", "P1DT2H", Decimal as text, 1e-7, infinities as null
  plain,  // as FastAPI writes what has no response model: "…+00:00", seconds, 1.1, 1e-07
};

struct WriteOptions {
  Style style = Style::model;
  bool exclude_none = false;      // response_model_exclude_none
  bool exclude_defaults = false;  // response_model_exclude_defaults
  bool by_alias = true;
};

/// Appends the JSON text of the value. Members marked `exclude` are left out.
void write(const detail::Type& type, const void* value, std::string& out,
           const WriteOptions& options = {});

}  // namespace plinth::schema

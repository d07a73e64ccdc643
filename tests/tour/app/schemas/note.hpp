#pragma once

#include "app/prelude.hpp"

namespace app {

struct NoteCreate {
  Str<min_length(1), max_length(200)> text;
};

struct NoteRead {
  std::int64_t id;
  std::string text;
};

}  // namespace app

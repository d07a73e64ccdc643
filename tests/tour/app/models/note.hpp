#pragma once

#include "app/prelude.hpp"

namespace app {

struct Note {
  static constexpr auto table = "notes";

  Column<std::int32_t, primary_key> id;
  Column<std::string, max_length(200)> text;
};

}  // namespace app

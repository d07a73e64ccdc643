// Text of unknown origin on its way to a terminal.
#pragma once

#include <string>
#include <string_view>

#include "base/log_escape.hpp"

namespace plinth::cli {

/// One line, in which nothing drives the terminal or turns its writing direction.
inline std::string terminal_text(std::string_view text) {
  constexpr std::size_t bytes_max = 65'536;
  std::string out;
  base::append_plain(out, text, bytes_max);
  return out;
}

}  // namespace plinth::cli

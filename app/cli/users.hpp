// `app users`: the first administrator, and what an operator does to accounts without logging in.
#pragma once

#include <span>

namespace app::cli {

int users(std::span<char* const> words);

}  // namespace app::cli

// The table that the tests of this folder keep; its server and they describe it once.
#pragma once

#include <cstdint>
#include <string>

#include "plinth/session.hpp"

namespace chaos {

using namespace plinth;

struct Account {
  static constexpr auto table = "accounts";

  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(80), unique> email;
  Column<std::string, max_length(128)> hashed_password;
  Column<std::int64_t, defaults_to(0)> balance;
};

// One row for each change of a balance, in the same transaction.
struct Entry {
  static constexpr auto table = "entries";

  Column<std::int64_t, primary_key> id;
  Column<std::int64_t, foreign_key<&Account::id>(OnDelete::cascade), indexed> account_id;
  Column<std::int64_t> balance;
};

}  // namespace chaos

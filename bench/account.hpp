// The table that pgbench fills.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "plinth/session.hpp"

namespace bench {

using namespace plinth;

struct Account {
  static constexpr auto table = "pgbench_accounts";

  Column<std::int32_t, primary_key> aid;
  Column<std::optional<std::int32_t>> bid;
  Column<std::optional<std::int32_t>> abalance;
  Column<std::optional<std::string>, max_length(84)> filler;
};

inline constexpr std::int32_t accounts_a_scale = 100'000;

/// As pgbench's `\set aid random(1, 100000 * :scale)`.
class RandomId {
 public:
  RandomId(std::int32_t scale, unsigned seed) : random_(seed), ids_(1, accounts_a_scale * scale) {}
  std::int32_t operator()() { return ids_(random_); }

 private:
  std::minstd_rand random_;
  std::uniform_int_distribution<std::int32_t> ids_;
};

}  // namespace bench

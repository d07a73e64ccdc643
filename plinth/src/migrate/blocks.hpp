// Changes as they are called: alone, or some of one table in a batch of SQLite.
#pragma once

#include <string>
#include <vector>

#include "migrate/change.hpp"

namespace plinth::migrate::autogenerate {

struct Block {
  std::string batch;  // the table; "" without
  Changes changes;
};

std::vector<Block> blocks_of(const Changes& changes, db::Dialect dialect);

}  // namespace plinth::migrate::autogenerate

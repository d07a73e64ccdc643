// A statement that goes with every commit of a request: what marks, in one transaction with what
// the handler did, that it was done.
#pragma once

#include "db/driver.hpp"
#include "plinth/query.hpp"

namespace plinth::db {

/// Stands in base::Context. The statement must change exactly one row; otherwise the commit fails
/// with StaleDataError and nothing is changed.
struct CommitHook {
  const Driver* driver;  // of which sessions
  Query query;
};

}  // namespace plinth::db

// Idempotent tasks: what one does to the database happens once, however often its message is
// delivered. Its key is written in the same transaction as what it did.
//
// No transaction is open while the task runs: it may publish, keep results and wait for others by
// other connections, and SQLite has one that writes.
#pragma once

#include <memory>
#include <string>

#include "plinth/session.hpp"
#include "plinth/task.hpp"

namespace plinth::tasks {

struct InboxEntry {
  bool done = false;
  std::string result = {};               // JSON, when it is done
  std::shared_ptr<void> hold = nullptr;  // keeps other Tasks of this process waiting for the key
};

/// Whether what `key` stands for was done before. Waits while another Task of this process is at
/// it, until that one's entry is destroyed.
Task<InboxEntry> begin_once(Session& session, std::string key);

/// Writes the key in the session's transaction, which the caller commits. Of two at once the second
/// waits for the first.
///
/// result   JSON, not empty
/// returns  "": it is written. Else somebody was faster: the session has been rolled back, and that
///          is the result of the other
Task<std::string> finish_once(Session& session, std::string key, std::string result);

}  // namespace plinth::tasks

// Who in this process waits for news of a database: what was committed here is told at once, of
// what other processes did nobody is told.
//
// Thread safety: a Notifier from any thread; a Listener is used on one thread, and may be destroyed
// on another once nothing waits on it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "plinth/task.hpp"

namespace plinth::db {

class Notifier {
 public:
  Notifier() = default;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void notify(std::span<const std::string> topics) noexcept;
  void notify(const std::string& topic) noexcept { notify(std::span(&topic, 1)); }

 private:
  friend class Listener;
  struct Ear;

  std::mutex mutex_;  // of the ears too
  std::unordered_multimap<std::string, std::shared_ptr<Ear>> ears_;
};

/// Hears all that is said of its topics while it lives, also between waits. The Notifier must
/// outlive it.
class Listener {
 public:
  Listener(Notifier& notifier, std::vector<std::string> topics);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  const std::vector<std::string>& topics() const { return topics_; }
  /// What was said until now is forgotten.
  void clear();
  /// Resumes when something was said since the last wait() or clear(), at the latest after
  /// `milliseconds`.
  Task<void> wait(std::int64_t milliseconds);

 private:
  class Attention;

  Notifier& notifier_;
  std::vector<std::string> topics_;
  std::shared_ptr<Notifier::Ear> ear_;
};

}  // namespace plinth::db

// Buckets in this process.
//
// A table for each rate, of sets of seven buckets and a floor. A key belongs to one set. When all
// seven are in use, the fullest bucket is dropped and the floor of its set rises to its debt; a new
// key begins at the floor. So a key that was dropped and comes back never has less debt than it had
// (the idea of Metwally's Space-Saving counters), and no flood of keys buys back a token: it only
// makes the floor rise, for new keys of that set, until time has paid it off.
//
// Thread safety: all. Sets share 64 mutexes, each held for tens of nanoseconds.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "plinth/rate_limit.hpp"
#include "rate_limit/siphash.hpp"

namespace plinth::rate_limit {

class MemoryStore {
 public:
  /// keys_max  buckets of a rate; rounded up to whole sets
  explicit MemoryStore(std::size_t keys_max);
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;
  ~MemoryStore();

  RateLimitResult take(const std::vector<Bucket>& buckets);
  void give_back(const Bucket& bucket, std::int64_t tokens);

 private:
  struct Slot;
  struct Set;
  struct Table;
  struct Place;

  static constexpr std::size_t tables_max = 64;
  static constexpr std::size_t mutexes = 64;
  struct alignas(64) Lock {
    std::mutex mutex;
  };
  class Locked;

  Place place_of(const Bucket& bucket);
  Table& table_of(const Bucket& bucket);

  std::size_t sets_;
  SipKey key_;
  std::array<std::atomic<Table*>, tables_max> tables_{};  // the used ones first
  std::mutex adding_;
  std::array<Lock, mutexes> locks_;
};

}  // namespace plinth::rate_limit

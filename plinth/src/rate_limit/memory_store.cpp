#include "rate_limit/memory_store.hpp"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

#include "base/monotonic.hpp"
#include "rate_limit/debt.hpp"

namespace plinth::rate_limit {

namespace {

constexpr std::size_t ways = 7;

SipKey random_key() {
  SipKey key{};
  while (::getrandom(key.data(), sizeof key, 0) != sizeof key) {
  }
  return key;
}

}  // namespace

struct MemoryStore::Slot {
  std::uint64_t tag = 0;  // of the key; 0: free
  std::int64_t full_at = 0;
};

// Two cache lines.
struct alignas(64) MemoryStore::Set {
  std::array<Slot, ways> slots;
  std::int64_t floor = 0;

  Slot* find(std::uint64_t tag) {
    const auto found = std::ranges::find(slots, tag, &Slot::tag);
    return found == slots.end() ? nullptr : &*found;
  }
  std::int64_t full_at(std::uint64_t tag) {
    const auto* slot = find(tag);
    return slot ? slot->full_at : floor;
  }
  void put(std::uint64_t tag, std::int64_t full_at) {
    auto* slot = find(tag);
    if (!slot) {
      slot = &*std::ranges::min_element(slots, {}, &Slot::full_at);
      floor = std::max(floor, slot->full_at);
      slot->tag = tag;
    }
    slot->full_at = full_at;
  }
};

struct MemoryStore::Table {
  Table(const Rate& rate_of, std::size_t count) : rate(rate_of), sets(count) {}
  Rate rate;
  std::vector<Set> sets;
};

struct MemoryStore::Place {
  Set* set;
  std::uint64_t tag;
  std::size_t lock;
};

// The mutexes of some places, in their order.
class MemoryStore::Locked {
 public:
  Locked(std::array<Lock, mutexes>& locks, const std::vector<Place>& places) : locks_(locks) {
    for (const auto& place : places) wanted_ |= std::uint64_t{1} << place.lock;
    each([](Lock& lock) { lock.mutex.lock(); });
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() {
    each([](Lock& lock) { lock.mutex.unlock(); });
  }

 private:
  template <class Function>
  void each(Function function) {
    for (auto left = wanted_; left != 0; left &= left - 1) {
      function(locks_[static_cast<std::size_t>(std::countr_zero(left))]);
    }
  }

  std::array<Lock, mutexes>& locks_;
  std::uint64_t wanted_ = 0;
};

MemoryStore::MemoryStore(std::size_t keys_max)
    : sets_(std::bit_ceil(std::max<std::size_t>(1, (keys_max + ways - 1) / ways))),
      key_(random_key()) {}

MemoryStore::~MemoryStore() {
  for (auto& table : tables_) delete table.load();
}

MemoryStore::Table& MemoryStore::table_of(const Bucket& bucket) {
  const auto look = [&]() -> Table* {
    for (auto& entry : tables_) {
      auto* table = entry.load(std::memory_order_acquire);
      if (!table || table->rate == bucket.rate) return table;
    }
    return nullptr;
  };
  if (auto* table = look()) return *table;
  check_rate(bucket);
  const std::lock_guard lock(adding_);
  if (auto* table = look()) return *table;
  const auto free = std::ranges::find_if(tables_, [](const auto& entry) { return !entry.load(); });
  if (free == tables_.end()) {
    throw std::invalid_argument("rate limit \"" + bucket.name +
                                "\": more than 64 different rates in one process; take some of "
                                "those in use");
  }
  auto made = std::make_unique<Table>(bucket.rate, sets_);
  free->store(made.get(), std::memory_order_release);
  return *made.release();
}

MemoryStore::Place MemoryStore::place_of(const Bucket& bucket) {
  auto& table = table_of(bucket);
  // Limits of one rate share a table: the name is part of the key, and its own hash so that no two
  // ways to divide the same bytes meet.
  const auto name = SipHash(key_)(bucket.name);
  const auto hash = SipHash({key_[0] ^ name, key_[1]})(bucket.key);
  const auto index = hash & (sets_ - 1);
  const auto tag = std::max<std::uint64_t>(hash, 1);
  return {&table.sets[index], tag, (index ^ std::hash<const void*>()(&table)) % mutexes};
}

RateLimitResult MemoryStore::take(const std::vector<Bucket>& buckets) {
  std::vector<Place> places;
  places.reserve(buckets.size());
  for (const auto& bucket : buckets) places.push_back(place_of(bucket));
  RateLimitResult result;
  result.buckets.reserve(buckets.size());

  const auto now = base::monotonic_microseconds();
  const Locked locked(locks_, places);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const Gauge gauge(buckets[i].rate);
    const auto debt = gauge.debt(places[i].set->full_at(places[i].tag), now);
    if (!gauge.has_token(debt) && result.outcome == RateLimitOutcome::allowed) {
      result.outcome = RateLimitOutcome::limited;
      result.refused_by = i;
    }
    result.buckets.push_back(gauge.state(debt));
  }
  if (result.outcome == RateLimitOutcome::limited) return result;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const Gauge gauge(buckets[i].rate);
    const auto debt = gauge.debt(places[i].set->full_at(places[i].tag), now) + gauge.interval;
    places[i].set->put(places[i].tag, now + debt);
    result.buckets[i] = gauge.state(std::min(debt, gauge.full));
  }
  return result;
}

void MemoryStore::give_back(const Bucket& bucket, std::int64_t tokens) {
  const auto place = place_of(bucket);
  const Locked locked(locks_, {place});
  if (auto* slot = place.set->find(place.tag)) {
    const Gauge gauge(bucket.rate);
    slot->full_at -= std::min(gauge.full, gauge.interval * std::min(tokens, bucket.rate.quota));
  }
}

}  // namespace plinth::rate_limit

// Metrics and their numbers.
//
// Invariants
// - A Cells belongs to one thread slot; only the thread that has the slot writes it, so that adding
//   is a load and a store. What has no slot shares one Cells and adds atomically.
// - Families and their children are only added, never removed: a Child* is good as long as its
//   Family.
// Thread safety: all of it may be called by any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plinth::telemetry {

enum class Kind : std::uint8_t { counter, gauge, summary, histogram };

/// This thread's slot, given back when the thread ends: threads that live at one time have
/// different ones, small numbers.
std::size_t thread_slot() noexcept;

/// One label set of a metric. Cells: a counter's or gauge's value; a summary's count and sum; a
/// histogram's buckets, +Inf among them, and sum.
class Child {
 public:
  using Cell = std::atomic<double>;

  Child(std::vector<std::string> values, std::size_t cells, std::size_t slots);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  void add(std::size_t cell, double amount) {
    const auto slot = thread_slot();
    if (slot >= slots_) [[unlikely]] {
      shared_[cell].fetch_add(amount, std::memory_order_relaxed);
      return;
    }
    auto* own = by_slot_[slot].load(std::memory_order_acquire);
    if (!own) [[unlikely]]
      own = make_cells(slot);
    own[cell].store(own[cell].load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void add_shared(std::size_t cell, double amount) {
    shared_[cell].fetch_add(amount, std::memory_order_relaxed);
  }
  void set(double value) { shared_[0].store(value, std::memory_order_relaxed); }

  double sum(std::size_t cell) const;
  const std::vector<std::string>& values() const { return values_; }
  double created() const { return created_; }

 private:
  Cell* make_cells(std::size_t slot);

  std::vector<std::string> values_;
  double created_;  // seconds since 1970
  std::size_t cells_;
  std::size_t slots_;
  std::unique_ptr<std::atomic<Cell*>[]> by_slot_;
  std::unique_ptr<Cell[]> shared_;
};

struct Description {
  Kind kind;
  std::string name;  // of a counter: without _total
  std::string documentation;
  std::vector<std::string> labels;
  std::vector<double> buckets = {};  // of a histogram: ascending, +Inf last
};

class Family {
 public:
  Family(Description description, std::size_t slots);

  const Description& description() const { return description_; }
  /// The child with those labels, made when there is none.
  Child* child(std::span<const std::string_view> values);
  std::vector<const Child*> children() const;
  void observe(Child& child, double value) const;

 private:
  static constexpr std::size_t children_limit = 10'000;

  Description description_;
  std::size_t cells_;
  std::size_t slots_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Child>> children_;  // in the order of making
  std::unordered_map<std::string, Child*> by_key_;
  Child* others_ = nullptr;  // for all label sets beyond the limit
};

class Registry {
 public:
  Registry();

  /// How many threads count without sharing.
  std::size_t slots() const { return slots_; }
  std::shared_ptr<Family> add(Description description);
  std::vector<std::shared_ptr<Family>> families() const;

 private:
  std::size_t slots_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Family>> families_;
};

}  // namespace plinth::telemetry

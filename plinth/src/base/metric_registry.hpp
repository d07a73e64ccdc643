// Metrics and their numbers.
//
// Invariants
// - A thread's cells belong to one thread slot; only the thread that has the slot writes them, so
//   that adding is a load and a store. What has no slot shares cells and adds atomically.
// - Families and their children are only added, never removed: a Child* is good as long as its
//   Family.
// - With a MetricFile all cells lie in it, so that they outlive the process and others can read
//   them; without one they lie in memory.
// Thread safety: all of it may be called by any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plinth::base {

class MetricFile;

enum class MetricKind : std::uint8_t { counter, gauge, summary, histogram };

/// How the gauges of several processes become one: as plinth::MultiprocessMode.
enum class GaugeMode : std::uint8_t {
  liveall,
  livesum,
  livemin,
  livemax,
  livemostrecent,
  sum,
  min,
  max,
  mostrecent,
};

constexpr bool is_most_recent(GaugeMode mode) {
  return mode == GaugeMode::mostrecent || mode == GaugeMode::livemostrecent;
}

/// This thread's slot, given back when the thread ends: threads that live at one time have
/// different ones, small numbers.
std::size_t thread_slot() noexcept;

/// One label set of a metric. Cells: a counter's or gauge's value (of a mostrecent one also when it
/// was set); a summary's count and sum; a histogram's buckets, +Inf among them, and sum.
class MetricChild {
 public:
  using Cell = std::atomic<double>;

  struct Place {
    std::vector<std::string> values;  // of the labels
    std::size_t cells = 1;
    std::size_t slots = 0;
    MetricFile* file = nullptr;  // null: memory
    std::uint64_t family = 0;    // where it stands in the file
    bool is_reserve = false;     // not shown before it counts
  };

  /// Throws std::runtime_error when the file is full.
  explicit MetricChild(Place place);
  MetricChild(const MetricChild&) = delete;
  MetricChild& operator=(const MetricChild&) = delete;
  ~MetricChild();

  void add(std::size_t cell, double amount) {
    const auto slot = thread_slot();
    if (slot >= place_.slots) [[unlikely]]
      return add_shared(cell, amount);
    auto* own = by_slot_[slot].load(std::memory_order_acquire);
    if (!own) [[unlikely]]
      own = make_cells(slot);
    if (own == shared_) [[unlikely]]
      return add_shared(cell, amount);
    own[cell].store(own[cell].load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void add_shared(std::size_t cell, double amount) {
    shared_[cell].fetch_add(amount, std::memory_order_relaxed);
  }
  void set(double value) { shared_[0].store(value, std::memory_order_relaxed); }
  /// Of a most recent gauge: when it was set, in seconds since 1970.
  void set_time(double time) { shared_[1].store(time, std::memory_order_relaxed); }

  double sum(std::size_t cell) const;
  const std::vector<std::string>& values() const { return place_.values; }
  /// Seconds since 1970; 0: it is a reserve that never counted.
  double created() const { return created_->load(std::memory_order_relaxed); }
  void take_from_reserve();

 private:
  Cell* make_cells(std::size_t slot);

  Place place_;
  std::uint64_t offset_ = 0;                       // in the file
  std::unique_ptr<std::atomic<Cell*>[]> by_slot_;  // a slot that found no room has the shared ones
  std::unique_ptr<Cell[]> memory_;                 // without a file: `created`, then the shared
  Cell* created_ = nullptr;
  Cell* shared_ = nullptr;
};

struct MetricDescription {
  MetricKind kind = MetricKind::counter;
  std::string name = {};  // of a counter: without _total
  std::string documentation = {};
  std::vector<std::string> labels = {};
  std::vector<double> buckets = {};  // of a histogram: ascending, +Inf last
  GaugeMode mode = GaugeMode::liveall;

  bool operator==(const MetricDescription&) const = default;
};

/// How many cells a child of it has.
std::size_t cells_of(const MetricDescription& metric);

/// A metric keeps so many label sets; further ones share one whose labels are "_other".
inline constexpr std::size_t metric_children_max = 10'000;

class MetricFamily {
 public:
  /// Throws std::runtime_error when the file is full.
  MetricFamily(MetricDescription description, std::size_t slots, MetricFile* file);

  const MetricDescription& description() const { return description_; }
  /// The child with those labels, made when there is none.
  MetricChild* child(std::span<const std::string_view> values);
  MetricChild& with(std::initializer_list<std::string_view> values) {
    return *child({values.begin(), values.size()});
  }
  std::vector<const MetricChild*> children() const;
  void observe(MetricChild& child, double value) const;

 private:
  MetricChild* others();
  std::unique_ptr<MetricChild> make(std::vector<std::string> values, bool is_reserve) const;

  MetricDescription description_;
  std::size_t cells_;
  std::size_t slots_;
  MetricFile* file_;
  std::uint64_t offset_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<MetricChild>> children_;  // in the order of making
  std::unordered_map<std::string, MetricChild*> by_key_;
  std::unique_ptr<MetricChild> others_;  // for all label sets beyond the limit, or beyond the file
  bool full_ = false;                    // the file
};

class MetricRegistry {
 public:
  /// Its numbers lie in the file of this process, if there is one (metric_folder.hpp).
  MetricRegistry();
  /// `file` must outlive the registry and its families; null: memory.
  explicit MetricRegistry(MetricFile* file);

  /// How many threads count without sharing.
  std::size_t slots() const { return slots_; }
  std::shared_ptr<MetricFamily> add(MetricDescription description);
  std::vector<std::shared_ptr<MetricFamily>> families() const;

 private:
  std::size_t slots_;
  MetricFile* file_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<MetricFamily>> families_;
};

/// No two lists of values have the same key.
std::string metric_key(std::span<const std::string_view> values);
std::string metric_key(const std::vector<std::string>& values);

}  // namespace plinth::base

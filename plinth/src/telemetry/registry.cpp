#include "telemetry/registry.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <thread>

#include "base/clock.hpp"

namespace plinth::telemetry {
namespace {

constexpr std::size_t cache_line = 64;  // bytes

// Which slots are taken, for the whole process: a thread counts in many registries.
struct Slots {
  std::mutex mutex;
  std::vector<bool> taken;

  std::size_t take() {
    const std::lock_guard lock(mutex);
    const auto free = std::ranges::find(taken, false);
    const auto slot = static_cast<std::size_t>(free - taken.begin());
    if (free == taken.end()) {
      taken.push_back(true);
    } else {
      *free = true;
    }
    return slot;
  }
  void give_back(std::size_t slot) {
    const std::lock_guard lock(mutex);
    taken[slot] = false;
  }
};

Slots& all_slots() {
  // Never destroyed: threads may end after main has.
  static auto* slots = new Slots;
  return *slots;
}

struct Slot {
  std::size_t number = all_slots().take();
  Slot() = default;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() { all_slots().give_back(number); }
};

bool is_name(std::string_view name, bool may_have_colon) {
  const auto good = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9') ||
           (c == ':' && may_have_colon);
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, good);
}

void check(const Description& metric) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument("metric \"" + metric.name + "\": " + why);
  };
  if (!is_name(metric.name, true)) refuse("the name is not [a-zA-Z_:][a-zA-Z0-9_:]*");
  for (const auto& label : metric.labels) {
    if (!is_name(label, false) || label.starts_with("__")) {
      refuse("the label \"" + label + "\" is not [a-zA-Z_][a-zA-Z0-9_]*, or starts with __");
    }
    if ((metric.kind == Kind::histogram && label == "le") ||
        (metric.kind == Kind::summary && label == "quantile")) {
      refuse("the label \"" + label + "\" is Prometheus' own");
    }
  }
  if (metric.kind == Kind::histogram &&
      (metric.buckets.size() < 2 || !std::ranges::is_sorted(metric.buckets))) {
    refuse("buckets must be ascending, at least one");
  }
}

std::size_t cells_of(const Description& metric) {
  switch (metric.kind) {
    case Kind::summary:
      return 2;
    case Kind::histogram:
      return metric.buckets.size() + 1;
    default:
      return 1;
  }
}

// The names of its lines; another metric must not have them too.
std::vector<std::string> names_of(const Description& metric) {
  std::vector<std::string> names{metric.name};
  const auto add = [&](std::initializer_list<std::string_view> suffixes) {
    for (auto suffix : suffixes) names.push_back(metric.name + std::string(suffix));
  };
  switch (metric.kind) {
    case Kind::gauge:
      break;
    case Kind::counter:
      add({"_total", "_created"});
      break;
    case Kind::summary:
      add({"_sum", "_count", "_created"});
      break;
    case Kind::histogram:
      add({"_bucket", "_sum", "_count", "_created"});
  }
  return names;
}

bool collide(const Description& one, const Description& other) {
  const auto names = names_of(one);
  return std::ranges::find_first_of(names, names_of(other)) != names.end();
}

// No two lists of values have the same key.
std::string key_of(std::span<const std::string_view> values) {
  std::string key;
  for (auto value : values) {
    key += std::to_string(value.size());
    key += ':';
    key += value;
  }
  return key;
}

}  // namespace

std::size_t thread_slot() noexcept {
  thread_local const Slot slot;
  return slot.number;
}

Child::Child(std::vector<std::string> values, std::size_t cells, std::size_t slots)
    : values_(std::move(values)),
      created_(static_cast<double>(base::clock_microseconds()) / 1e6),
      cells_(cells),
      slots_(slots),
      by_slot_(new std::atomic<Cell*>[slots]()),
      shared_(new Cell[cells]()) {}

Child::~Child() {
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    ::operator delete(by_slot_[slot].load(), std::align_val_t(cache_line));
  }
}

Child::Cell* Child::make_cells(std::size_t slot) {
  // Lines of their own, so that threads do not slow each other down.
  const auto bytes = (cells_ * sizeof(Cell) + cache_line - 1) / cache_line * cache_line;
  auto* made = static_cast<Cell*>(::operator new(bytes, std::align_val_t(cache_line)));
  for (std::size_t i = 0; i < cells_; ++i) new (made + i) Cell(0);
  by_slot_[slot].store(made, std::memory_order_release);
  return made;
}

double Child::sum(std::size_t cell) const {
  double total = shared_[cell].load(std::memory_order_relaxed);
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    if (const auto* own = by_slot_[slot].load(std::memory_order_acquire)) {
      total += own[cell].load(std::memory_order_relaxed);
    }
  }
  return total;
}

Family::Family(Description description, std::size_t slots)
    : description_(std::move(description)), cells_(cells_of(description_)), slots_(slots) {
  if (description_.labels.empty()) child({});
}

Child* Family::child(std::span<const std::string_view> values) {
  if (values.size() != description_.labels.size()) {
    throw std::invalid_argument("metric \"" + description_.name +
                                "\": " + std::to_string(description_.labels.size()) +
                                " labels needed, " + std::to_string(values.size()) + " given");
  }
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key_of(values)); found != by_key_.end()) return found->second;

  const bool is_full = children_.size() >= children_limit;
  if (is_full && others_) return others_;
  std::vector<std::string> texts(values.begin(), values.end());
  if (is_full) std::ranges::fill(texts, "_other");
  children_.push_back(std::make_unique<Child>(std::move(texts), cells_, slots_));
  auto* made = children_.back().get();
  if (is_full) return others_ = made;
  by_key_.emplace(key_of(values), made);
  return made;
}

std::vector<const Child*> Family::children() const {
  const std::lock_guard lock(mutex_);
  std::vector<const Child*> all;
  for (const auto& child : children_) all.push_back(child.get());
  return all;
}

void Family::observe(Child& child, double value) const {
  if (description_.kind == Kind::summary) {
    child.add(0, 1);
    child.add(1, value);
    return;
  }
  const auto& bounds = description_.buckets;
  std::size_t bucket = 0;
  while (bucket + 1 < bounds.size() && !(value <= bounds[bucket])) ++bucket;
  child.add(bucket, 1);
  child.add(bounds.size(), value);
}

Registry::Registry() : slots_(std::clamp(std::thread::hardware_concurrency() + 4, 8U, 256U)) {}

std::shared_ptr<Family> Registry::add(Description description) {
  check(description);
  const std::lock_guard lock(mutex_);
  for (const auto& family : families_) {
    if (collide(family->description(), description)) {
      throw std::invalid_argument("metric \"" + description.name + "\": registered already");
    }
  }
  families_.push_back(std::make_shared<Family>(std::move(description), slots_));
  return families_.back();
}

std::vector<std::shared_ptr<Family>> Registry::families() const {
  const std::lock_guard lock(mutex_);
  return families_;
}

}  // namespace plinth::telemetry

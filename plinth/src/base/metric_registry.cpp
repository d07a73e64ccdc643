#include "base/metric_registry.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <thread>

#include "base/clock.hpp"
#include "base/metric_file.hpp"
#include "base/metric_folder.hpp"

namespace plinth::base {
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

double wall_seconds() { return static_cast<double>(clock_microseconds()) / 1e6; }

bool is_name(std::string_view name, bool may_have_colon) {
  const auto good = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9') ||
           (c == ':' && may_have_colon);
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, good);
}

void check(const MetricDescription& metric) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument("metric \"" + metric.name + "\": " + why);
  };
  if (!is_name(metric.name, true)) refuse("the name is not [a-zA-Z_:][a-zA-Z0-9_:]*");
  for (const auto& label : metric.labels) {
    if (!is_name(label, false) || label.starts_with("__")) {
      refuse("the label \"" + label + "\" is not [a-zA-Z_][a-zA-Z0-9_]*, or starts with __");
    }
    if ((metric.kind == MetricKind::histogram && label == "le") ||
        (metric.kind == MetricKind::summary && label == "quantile")) {
      refuse("the label \"" + label + "\" is Prometheus' own");
    }
  }
  if (metric.kind == MetricKind::histogram &&
      (metric.buckets.size() < 2 || !std::ranges::is_sorted(metric.buckets))) {
    refuse("buckets must be ascending, at least one");
  }
}

// The names of its lines; another metric must not have them too.
std::vector<std::string> names_of(const MetricDescription& metric) {
  std::vector<std::string> names{metric.name};
  const auto add = [&](std::initializer_list<std::string_view> suffixes) {
    for (auto suffix : suffixes) names.push_back(metric.name + std::string(suffix));
  };
  switch (metric.kind) {
    case MetricKind::gauge:
      break;
    case MetricKind::counter:
      add({"_total", "_created"});
      break;
    case MetricKind::summary:
      add({"_sum", "_count", "_created"});
      break;
    case MetricKind::histogram:
      add({"_bucket", "_sum", "_count", "_created"});
  }
  return names;
}

bool collide(const MetricDescription& one, const MetricDescription& other) {
  const auto names = names_of(one);
  return std::ranges::find_first_of(names, names_of(other)) != names.end();
}

}  // namespace

std::size_t thread_slot() noexcept {
  thread_local const Slot slot;
  return slot.number;
}

std::size_t cells_of(const MetricDescription& metric) {
  switch (metric.kind) {
    case MetricKind::counter:
      return 1;
    case MetricKind::gauge:
      return is_most_recent(metric.mode) ? 2 : 1;
    case MetricKind::summary:
      return 2;
    case MetricKind::histogram:
      return metric.buckets.size() + 1;
  }
  return 1;
}

std::string metric_key(std::span<const std::string_view> values) {
  std::string key;
  for (auto value : values) {
    key += std::to_string(value.size());
    key += ':';
    key += value;
  }
  return key;
}

std::string metric_key(const std::vector<std::string>& values) {
  const std::vector<std::string_view> views(values.begin(), values.end());
  return metric_key(views);
}

// ---- A label set.

MetricChild::MetricChild(Place place)
    : place_(std::move(place)), by_slot_(new std::atomic<Cell*>[place_.slots]()) {
  const double created = place_.is_reserve ? 0 : wall_seconds();
  if (place_.file == nullptr) {
    memory_ = std::make_unique<Cell[]>(place_.cells + 1);
    created_ = memory_.get();
    *created_ = created;
  } else {
    offset_ = place_.file->append_child(place_.family, place_.cells, place_.values, created);
    if (offset_ == 0) throw std::runtime_error("the folder of metrics is full");
    created_ = reinterpret_cast<Cell*>(place_.file->at(offset_));
  }
  shared_ = created_ + 1;
}

MetricChild::~MetricChild() {
  if (place_.file != nullptr) return;
  for (std::size_t slot = 0; slot < place_.slots; ++slot) {
    ::operator delete(by_slot_[slot].load(), std::align_val_t(cache_line));
  }
}

void MetricChild::take_from_reserve() {
  double never = 0;
  created_->compare_exchange_strong(never, wall_seconds(), std::memory_order_relaxed);
}

MetricChild::Cell* MetricChild::make_cells(std::size_t slot) {
  Cell* made = shared_;
  if (place_.file != nullptr) {
    const auto at = place_.file->append(MetricRecord::cells, offset_, place_.cells * sizeof(Cell));
    if (at != 0) made = reinterpret_cast<Cell*>(place_.file->at(at));
  } else {
    // Lines of their own, so that threads do not slow each other down.
    const auto bytes = (place_.cells * sizeof(Cell) + cache_line - 1) / cache_line * cache_line;
    made = static_cast<Cell*>(::operator new(bytes, std::align_val_t(cache_line)));
    for (std::size_t i = 0; i < place_.cells; ++i) new (made + i) Cell(0);
  }
  by_slot_[slot].store(made, std::memory_order_release);
  return made;
}

double MetricChild::sum(std::size_t cell) const {
  double total = shared_[cell].load(std::memory_order_relaxed);
  for (std::size_t slot = 0; slot < place_.slots; ++slot) {
    const auto* own = by_slot_[slot].load(std::memory_order_acquire);
    if (own != nullptr && own != shared_) total += own[cell].load(std::memory_order_relaxed);
  }
  return total;
}

// ---- A metric.

MetricFamily::MetricFamily(MetricDescription description, std::size_t slots, MetricFile* file)
    : description_(std::move(description)),
      cells_(cells_of(description_)),
      slots_(slots),
      file_(file) {
  if (file_ != nullptr) {
    offset_ = file_->append_family(description_);
    if (offset_ == 0) throw std::runtime_error("the folder of metrics is full");
  }
  if (description_.labels.empty()) {
    child({});
  } else if (file_ != nullptr) {
    // Now, since there may be no room when it is needed.
    others_ = make(std::vector<std::string>(description_.labels.size(), "_other"), true);
  }
}

std::unique_ptr<MetricChild> MetricFamily::make(std::vector<std::string> values,
                                                bool is_reserve) const {
  return std::make_unique<MetricChild>(MetricChild::Place{.values = std::move(values),
                                                          .cells = cells_,
                                                          .slots = slots_,
                                                          .file = file_,
                                                          .family = offset_,
                                                          .is_reserve = is_reserve});
}

MetricChild* MetricFamily::others() {
  if (!others_)
    others_ = make(std::vector<std::string>(description_.labels.size(), "_other"), true);
  others_->take_from_reserve();
  return others_.get();
}

MetricChild* MetricFamily::child(std::span<const std::string_view> values) {
  if (values.size() != description_.labels.size()) {
    throw std::invalid_argument("metric \"" + description_.name +
                                "\": " + std::to_string(description_.labels.size()) +
                                " labels needed, " + std::to_string(values.size()) + " given");
  }
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(metric_key(values)); found != by_key_.end()) {
    return found->second;
  }
  if (full_ || children_.size() >= metric_children_max) return others();
  try {
    children_.push_back(make({values.begin(), values.end()}, false));
  } catch (const std::runtime_error&) {
    if (!others_) throw;
    full_ = true;
    return others();
  }
  auto* made = children_.back().get();
  by_key_.emplace(metric_key(values), made);
  return made;
}

std::vector<const MetricChild*> MetricFamily::children() const {
  const std::lock_guard lock(mutex_);
  std::vector<const MetricChild*> all;
  for (const auto& child : children_) all.push_back(child.get());
  if (others_ && others_->created() != 0) all.push_back(others_.get());
  return all;
}

void MetricFamily::observe(MetricChild& child, double value) const {
  if (description_.kind == MetricKind::summary) {
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

// ---- All of them.

MetricRegistry::MetricRegistry() : MetricRegistry(process_metric_file()) {}

MetricRegistry::MetricRegistry(MetricFile* file)
    : slots_(std::clamp(std::thread::hardware_concurrency() + 4, 8U, 256U)), file_(file) {}

std::shared_ptr<MetricFamily> MetricRegistry::add(MetricDescription description) {
  check(description);
  const std::lock_guard lock(mutex_);
  for (const auto& family : families_) {
    if (collide(family->description(), description)) {
      throw std::invalid_argument("metric \"" + description.name + "\": registered already");
    }
  }
  families_.push_back(std::make_shared<MetricFamily>(std::move(description), slots_, file_));
  return families_.back();
}

std::vector<std::shared_ptr<MetricFamily>> MetricRegistry::families() const {
  const std::lock_guard lock(mutex_);
  return families_;
}

}  // namespace plinth::base

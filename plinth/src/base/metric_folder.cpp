#include "base/metric_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"

namespace plinth::base {
namespace {

constexpr const char* archive_name = "archive.db";

class FolderLock {
 public:
  /// how  LOCK_SH or LOCK_EX, with LOCK_NB
  FolderLock(const std::string& folder, int how)
      : descriptor_(::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) return;
    int locked = 0;
    do {
      locked = ::flock(descriptor_, how);
    } while (locked != 0 && errno == EINTR);
    held_ = locked == 0;
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool held() const { return held_; }

 private:
  int descriptor_;
  bool held_ = false;
};

[[noreturn]] void refuse(const std::string& path, int error) {
  std::string fix = "give this user the folder, or unset it";
  if (error == ENOSPC || error == EDQUOT) fix = "make room there, or name another folder";
  if (error == ENOENT) fix = "make the folder above it";
  throw std::runtime_error("PROMETHEUS_MULTIPROC_DIR: \"" + path + "\" cannot be used: " +
                           std::generic_category().message(error) + "; " + fix);
}

std::string own_name() {
  // A process id comes again; its file of before may not have been archived.
  return "process_" + std::to_string(::getpid()) + "_" + std::to_string(clock_microseconds()) +
         ".db";
}

bool outlives_process(const MetricDescription& metric) {
  if (metric.kind != MetricKind::gauge) return true;
  return metric.mode >= GaugeMode::sum;
}

}  // namespace

// ---- The folder.

MetricFolder::MetricFolder(std::string path) : path_(std::move(path)) {
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) refuse(path_, errno);
  const auto file = path_ + "/" + own_name();
  try {
    // Nobody finds the file before it is locked.
    const FolderLock lock(path_, LOCK_SH);
    if (!lock.held()) refuse(path_, errno);
    file_ = std::make_unique<MetricFile>(file, ::getpid());
  } catch (const std::system_error& error) {
    refuse(path_, error.code().value());
  }
  compact();
}

std::vector<std::string> MetricFolder::process_files() const {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path_.c_str()), &::closedir);
  std::vector<std::string> names;
  if (!folder) return names;
  while (const auto* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with("process_") && name.ends_with(".db")) names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::vector<FileSnapshot> MetricFolder::read() {
  bool any_dead = false;
  std::vector<FileSnapshot> files;
  {
    const FolderLock lock(path_, LOCK_SH);
    files.push_back(read_metric_file(path_ + "/" + archive_name));
    const auto merged = files.front().merged;
    for (const auto& name : process_files()) {
      auto file = read_metric_file(path_ + "/" + name);
      any_dead |= !file.is_alive;
      if (std::ranges::find(merged, name) == merged.end()) files.push_back(std::move(file));
    }
  }
  if (any_dead) compact();
  return files;
}

void MetricFolder::compact() {
  const FolderLock lock(path_, LOCK_EX | LOCK_NB);
  if (!lock.held()) return;
  std::vector<std::string> dead;
  for (const auto& name : process_files()) {
    if (!is_metric_file_alive(path_ + "/" + name)) dead.push_back(name);
  }
  if (dead.empty()) return;
  try {
    archive(dead);
  } catch (const std::exception&) {
    return;  // no room: they stay as they are, and count
  }
  for (const auto& name : dead) ::unlink((path_ + "/" + name).c_str());
}

void MetricFolder::archive(const std::vector<std::string>& dead) const {
  MetricMerge merge;
  auto old = read_metric_file(path_ + "/" + archive_name);
  const auto merged = std::move(old.merged);
  merge.add(std::move(old));
  for (const auto& name : dead) {
    if (std::ranges::find(merged, name) != merged.end()) continue;
    merge.add(read_metric_file(path_ + "/" + name));
  }
  const auto temporary = path_ + "/archive.new";
  {
    MetricFile made(temporary, 0, true);
    const auto need = [](bool written) {
      if (!written) throw std::runtime_error("no room for the archive");
    };
    for (const auto& name : dead) need(made.append_merged(name));
    for (const auto& family : merge.take()) {
      const auto at = made.append_family(family.description);
      need(at != 0);
      for (const auto& child : family.children) {
        const auto placed = made.append_child(at, child.cells.size(), child.values, child.created);
        need(placed != 0);
        std::memcpy(made.at(placed) + sizeof(double), child.cells.data(),
                    child.cells.size() * sizeof(double));
      }
    }
    made.sync();
  }
  if (std::rename(temporary.c_str(), (path_ + "/" + archive_name).c_str()) != 0) {
    throw std::runtime_error("the archive cannot be renamed");
  }
}

// ---- Of this process.

namespace {

// Never destroyed: threads may count after main has ended.
std::atomic<MetricFolder*> folder_of_process = nullptr;
std::atomic<bool> folder_was_asked_for = false;

}  // namespace

void use_metric_folder(std::string path) {
  if (folder_was_asked_for) {
    throw std::logic_error("the folder of metrics must be chosen before anything counts");
  }
  folder_of_process = new MetricFolder(std::move(path));
}

MetricFolder* process_metric_folder() {
  folder_was_asked_for = true;
  return folder_of_process;
}

MetricFile* process_metric_file() {
  auto* folder = process_metric_folder();
  return folder ? &folder->file() : nullptr;
}

// ---- Sums.

namespace {

// A metric that has that label for something else is added up.
bool is_one_each(const MetricDescription& metric) {
  return metric.kind == MetricKind::gauge && metric.mode == GaugeMode::liveall &&
         std::ranges::find(metric.labels, "pid") == metric.labels.end();
}

void combine(const MetricDescription& metric, std::vector<double>& into,
             const std::vector<double>& from) {
  const auto mode = metric.kind == MetricKind::gauge ? metric.mode : GaugeMode::sum;
  switch (mode) {
    case GaugeMode::min:
    case GaugeMode::livemin:
      into[0] = std::min(into[0], from[0]);
      return;
    case GaugeMode::max:
    case GaugeMode::livemax:
      into[0] = std::max(into[0], from[0]);
      return;
    case GaugeMode::mostrecent:
    case GaugeMode::livemostrecent:
      if (from[1] > into[1]) into = from;
      return;
    default:
      for (std::size_t i = 0; i < into.size(); ++i) into[i] += from[i];
  }
}

}  // namespace

void MetricMerge::add(FileSnapshot file) {
  for (auto& family : file.families) add(std::move(family), file.pid, file.is_alive);
}

FamilySnapshot* MetricMerge::find(std::string_view name) {
  const auto known = std::ranges::find(families_, name, [](const FamilySnapshot& family) {
    return std::string_view(family.description.name);
  });
  return known == families_.end() ? nullptr : &*known;
}

void MetricMerge::expect(MetricDescription description) {
  if (is_one_each(description)) description.labels.emplace_back("pid");
  if (!find(description.name)) families_.push_back({.description = std::move(description)});
}

void MetricMerge::add(FamilySnapshot family, std::int64_t pid, bool is_alive) {
  if (!is_alive && !outlives_process(family.description)) return;
  if (is_one_each(family.description)) {
    family.description.labels.emplace_back("pid");
    for (auto& child : family.children) child.values.push_back(std::to_string(pid));
  }
  auto* known = find(family.description.name);
  if (!known) {
    families_.push_back(std::move(family));
    return;
  }
  // The text may be another release's; the numbers must mean the same.
  family.description.documentation = known->description.documentation;
  if (!(known->description == family.description)) return;
  for (auto& child : family.children) known->children.push_back(std::move(child));
}

std::vector<FamilySnapshot> MetricMerge::take() {
  for (auto& family : families_) {
    std::unordered_map<std::string, std::size_t> by_key;
    std::vector<ChildSnapshot> all = std::exchange(family.children, {});
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(all[i].created, i); });
    const std::vector<std::string> other(family.description.labels.size(), "_other");
    const auto other_key = metric_key(other);
    for (const auto index : order) {
      auto& child = all[index];
      auto key = metric_key(child.values);
      if (!by_key.contains(key) && key != other_key && by_key.size() >= metric_children_max) {
        key = other_key;
        child.values = other;
      }
      const auto [at, is_new] = by_key.emplace(std::move(key), family.children.size());
      if (is_new) {
        family.children.push_back(std::move(child));
      } else {
        combine(family.description, family.children[at->second].cells, child.cells);
      }
    }
  }
  return std::move(families_);
}

}  // namespace plinth::base

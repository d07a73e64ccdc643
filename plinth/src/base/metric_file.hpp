// A file of metrics that its process writes through a mapping and others read: what
// PROMETHEUS_MULTIPROC_DIR holds.
//
// Invariants
// - Records are only added. The head's `used` is moved behind a record after it is whole, so that
//   a process killed at any instruction leaves nothing half written; a number is one aligned word.
// - What is mapped is allocated first: a full disk is an error of append(), never a SIGBUS.
// - The process holds a lock on its file as long as it lives, however it ends. Who finds it
//   unlocked knows that the process has gone.
// Thread safety: append() from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/metric_registry.hpp"

namespace plinth::base {

struct MetricFileHead {
  std::uint64_t magic;
  std::atomic<std::uint64_t> used;  // bytes, this head counted
  std::int64_t pid;                 // 0: an archive of processes that have gone
  std::uint64_t pid_namespace;      // in which the pid means this process
  std::uint64_t reserved[4];
};

enum class MetricRecord : std::uint32_t { family = 1, child = 2, cells = 3, merged = 4 };

struct MetricRecordHead {
  std::uint32_t size;  // a multiple of 64
  MetricRecord type;
  std::uint64_t of;  // where the family of a child, the child of cells stands
};

class MetricFile {
 public:
  /// Makes the file, which must not be there, or `replaces` it. Throws std::system_error.
  explicit MetricFile(const std::string& path, std::int64_t pid, bool replaces = false);
  MetricFile(const MetricFile&) = delete;
  MetricFile& operator=(const MetricFile&) = delete;
  ~MetricFile();

  /// Adds a record of `bytes` beside its head; `fill` gets its place, all zero. Returns where it
  /// stands, or 0 when there is no room for it.
  std::uint64_t append(MetricRecord type, std::uint64_t of, std::size_t bytes,
                       const std::function<void(std::byte*)>& fill = {});
  /// Behind the head of the record that stands there.
  std::byte* at(std::uint64_t offset) const { return base_ + offset + sizeof(MetricRecordHead); }

  std::uint64_t append_family(const MetricDescription& description);
  /// Its cells follow `created`, the texts of the labels follow them.
  std::uint64_t append_child(std::uint64_t family, std::size_t cells,
                             const std::vector<std::string>& values, double created);
  bool append_merged(std::string_view name);
  /// Writes it out to the disk.
  void sync() const;

 private:
  bool grow(std::size_t size);

  std::mutex mutex_;
  int descriptor_ = -1;
  std::byte* base_ = nullptr;
  std::size_t allocated_ = 0;
};

struct ChildSnapshot {
  std::vector<std::string> values = {};
  double created = 0;
  std::vector<double> cells = {};
};

struct FamilySnapshot {
  MetricDescription description = {};
  std::vector<ChildSnapshot> children = {};
};

struct FileSnapshot {
  std::int64_t pid = 0;
  std::uint64_t pid_namespace = 0;
  bool is_alive = false;
  std::vector<FamilySnapshot> families = {};
  std::vector<std::string> merged = {};  // of an archive: the files that are in it
};

/// Empty for a file that is none, or has gone.
FileSnapshot read_metric_file(const std::string& path);
/// Whether the process whose file it is lives.
bool is_metric_file_alive(const std::string& path);
/// Names what process ids of this process mean.
std::uint64_t this_pid_namespace();
FamilySnapshot snapshot_of(const MetricFamily& family);

}  // namespace plinth::base

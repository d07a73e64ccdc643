// The folder in which the processes of a host keep their metrics, so that any of them can show the
// sums. Stands for PROMETHEUS_MULTIPROC_DIR.
//
// It holds one file a process (metric_file.hpp), the archive of those that have gone, and a lock:
// shared by who reads, exclusive for who moves the numbers of dead processes into the archive. The
// archive lists whom it holds and takes its name in one step, so that a process killed anywhere
// leaves every number counted once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metric_file.hpp"

namespace plinth::base {

class MetricFolder {
 public:
  /// Makes the folder, if its parent is there, and this process's file in it. Throws
  /// std::runtime_error with a sentence when that cannot be.
  explicit MetricFolder(std::string path);
  MetricFolder(const MetricFolder&) = delete;
  MetricFolder& operator=(const MetricFolder&) = delete;

  MetricFile& file() { return *file_; }
  const std::string& path() const { return path_; }
  /// What all processes have counted, the archive first. Blocks: not for an event loop.
  std::vector<FileSnapshot> read();
  /// Moves what dead processes have counted into the archive, unless somebody reads or does so.
  void compact();

 private:
  std::vector<std::string> process_files() const;
  void archive(const std::vector<std::string>& dead) const;

  std::string path_;
  std::unique_ptr<MetricFile> file_;
};

/// From now on the metrics of this process lie in that folder. Once, before anything counts: throws
/// std::logic_error later on, std::runtime_error with a sentence when it cannot be used.
void use_metric_folder(std::string path);
/// Null: metrics lie in memory.
MetricFolder* process_metric_folder();
MetricFile* process_metric_file();

/// Adds up what several processes have counted.
class MetricMerge {
 public:
  /// Families are given in the order in which they were expected, then came.
  void expect(MetricDescription description);
  /// Of a family whose description differs from that of the first of its name nothing is taken.
  void add(FileSnapshot file);
  void add(FamilySnapshot family, std::int64_t pid, bool is_alive);
  /// Label sets in the order of their making, beyond the limit as one.
  std::vector<FamilySnapshot> take();

 private:
  FamilySnapshot* find(std::string_view name);

  std::vector<FamilySnapshot> families_;
};

}  // namespace plinth::base

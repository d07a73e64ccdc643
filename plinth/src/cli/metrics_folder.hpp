// Where the processes that an application is served and worked by keep their metrics.
#pragma once

#include <string>

#include "plinth/cli.hpp"

namespace plinth::cli {

/// From now on the metrics of this process lie in the program's folder, if it names one. Throws
/// std::runtime_error with a sentence when it cannot be used.
void use_metrics_folder(const Program& program);

/// The folder of several workers, for the process that starts them: the program's, or one in memory
/// that is removed at the end. They find it in $PROMETHEUS_MULTIPROC_DIR. Throws likewise.
class WorkersMetrics {
 public:
  explicit WorkersMetrics(const Program& program);
  WorkersMetrics(const WorkersMetrics&) = delete;
  WorkersMetrics& operator=(const WorkersMetrics&) = delete;
  ~WorkersMetrics();

 private:
  std::string own_;  // "": the program's
};

}  // namespace plinth::cli

#include "cli/metrics_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "base/metric_folder.hpp"
#include "base/process_metrics.hpp"

namespace plinth::cli {
namespace {

constexpr const char* variable = "PROMETHEUS_MULTIPROC_DIR";

std::string named_folder(const Program& program) {
  return program.metrics_folder ? program.metrics_folder() : std::string();
}

void use_folder(const std::string& folder) {
  base::use_metric_folder(folder);
  base::process_metrics();  // now, so that a full folder is told at the start
}

// $TMPDIR where somebody chose it; else memory, since a disk would be written to all the time.
std::string make_folder() {
  const char* chosen = ::getenv("TMPDIR");
  std::string tried;
  for (const char* parent : {chosen, "/dev/shm", "/tmp"}) {
    if (parent == nullptr || *parent == '\0') continue;
    std::string folder = std::string(parent) + "/plinth-metrics-XXXXXX";
    if (::mkdtemp(folder.data()) != nullptr) return folder;
    tried += std::string(parent) + ": " + ::strerrordesc_np(errno) + "; ";
  }
  throw std::runtime_error(std::string(variable) + ": no folder can be made for the workers' " +
                           "metrics (" + tried + "name one that this user may write to)");
}

}  // namespace

void use_metrics_folder(const Program& program) {
  if (const auto folder = named_folder(program); !folder.empty()) use_folder(folder);
}

WorkersMetrics::WorkersMetrics(const Program& program) {
  auto folder = named_folder(program);
  if (folder.empty()) folder = own_ = make_folder();
  use_folder(folder);
  ::setenv(variable, folder.c_str(), 1);
}

WorkersMetrics::~WorkersMetrics() {
  if (own_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(own_, ignored);
}

}  // namespace plinth::cli

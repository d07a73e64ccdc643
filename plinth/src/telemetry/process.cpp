#include "telemetry/process.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/exposition.hpp"

namespace plinth::telemetry {
namespace {

std::string read(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The words of /proc/self/stat after the command, which may hold anything but its last ')'.
std::vector<double> stat_fields() {
  const auto text = read("/proc/self/stat");
  const auto end = text.rfind(')');
  std::vector<double> fields;
  if (end == std::string::npos) return fields;
  // The first is the state, a letter: strtod makes it 0 and does not move.
  const char* next = text.c_str() + end + 3;
  fields.push_back(0);
  for (char* after = nullptr;; next = after) {
    const double value = std::strtod(next, &after);
    if (after == next) return fields;
    fields.push_back(value);
  }
}

double boot_time() {
  const auto text = read("/proc/stat");
  const auto line = text.find("\nbtime ");
  return line == std::string::npos ? 0 : std::strtod(text.c_str() + line + 7, nullptr);
}

std::optional<double> open_files() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  if (!folder) return std::nullopt;
  double count = 0;
  while (const auto* entry = ::readdir(folder.get())) count += entry->d_name[0] != '.';
  return count - 1;  // but for the folder's own
}

}  // namespace

// Source of names, texts and order: prometheus_client, process_collector.py; proc(5)
void append_process(std::string& out) {
  const auto fields = stat_fields();
  if (fields.size() > 21) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    append_single(out, "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
                  fields[20]);
    append_single(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
                  fields[21] * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    append_single(out, "process_start_time_seconds", "gauge",
                  "Start time of the process since unix epoch in seconds.",
                  fields[19] / ticks + boot_time());
    append_single(out, "process_cpu_seconds_total", "counter",
                  "Total user and system CPU time spent in seconds.",
                  fields[11] / ticks + fields[12] / ticks);
  }
  if (const auto files = open_files()) {
    append_single(out, "process_open_fds", "gauge", "Number of open file descriptors.", *files);
  }
  if (::rlimit limit{}; ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    append_single(out, "process_max_fds", "gauge", "Maximum number of open file descriptors.",
                  static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace plinth::telemetry

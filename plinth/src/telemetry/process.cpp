#include "telemetry/process.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/metric_file.hpp"
#include "telemetry/exposition.hpp"

namespace plinth::telemetry {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The words of /proc/<pid>/stat after the command, which may hold anything but its last ')'.
std::vector<double> stat_fields(const std::string& folder) {
  const auto text = read(folder + "/stat");
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

std::optional<double> open_files(const std::string& process) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir((process + "/fd").c_str()),
                                                   &::closedir);
  if (!folder) return std::nullopt;
  double count = 0;
  while (const auto* entry = ::readdir(folder.get())) count += entry->d_name[0] != '.';
  return count;
}

// "Max open files            1024                 524288               files"
std::optional<double> open_files_max(const std::string& folder) {
  const auto text = read(folder + "/limits");
  constexpr std::string_view name = "Max open files";
  const auto line = text.find(name);
  if (line == std::string::npos) return std::nullopt;
  return std::strtod(text.c_str() + line + name.size(), nullptr);
}

struct Figures {
  std::vector<Label> labels;
  std::array<std::optional<double>, 6> values;  // as in `process_figures`
};

struct Metric {
  std::string_view name;
  std::string_view type;
  std::string_view documentation;
};

#if defined(__clang__)
constexpr std::string_view compiler = "clang " __clang_version__;
#else
constexpr std::string_view compiler = "gcc " __VERSION__;
#endif

// Source of names, texts and order: prometheus_client, process_collector.py; proc(5)
constexpr std::array<Metric, 6> process_figures{{
    {"process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes."},
    {"process_resident_memory_bytes", "gauge", "Resident memory size in bytes."},
    {"process_start_time_seconds", "gauge",
     "Start time of the process since unix epoch in seconds."},
    {"process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds."},
    {"process_open_fds", "gauge", "Number of open file descriptors."},
    {"process_max_fds", "gauge", "Maximum number of open file descriptors."},
}};

Figures figures_of(const std::string& folder, std::vector<Label> labels) {
  Figures figures{.labels = std::move(labels), .values = {}};
  const auto fields = stat_fields(folder);
  if (fields.size() > 21) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    figures.values[0] = fields[20];
    figures.values[1] = fields[21] * static_cast<double>(::sysconf(_SC_PAGESIZE));
    figures.values[2] = fields[19] / ticks + boot_time();
    figures.values[3] = fields[11] / ticks + fields[12] / ticks;
  }
  figures.values[4] = open_files(folder);
  figures.values[5] = open_files_max(folder);
  return figures;
}

void append(std::string& out, const std::vector<Figures>& processes) {
  for (std::size_t i = 0; i < process_figures.size(); ++i) {
    const auto has_it = [i](const Figures& figures) { return figures.values[i].has_value(); };
    if (std::ranges::none_of(processes, has_it)) continue;
    append_head(out, process_figures[i].name, process_figures[i].type,
                process_figures[i].documentation);
    for (const auto& figures : processes) {
      if (has_it(figures))
        append_sample(out, process_figures[i].name, figures.labels, *figures.values[i]);
    }
  }
}

}  // namespace

void append_process(std::string& out) {
  auto own = figures_of("/proc/self", {});
  if (own.values[4]) *own.values[4] -= 1;  // but for the folder's own
  append(out, {std::move(own)});
}

void append_processes(std::string& out, std::span<const ProcessId> processes) {
  const auto here = base::this_pid_namespace();
  std::vector<Figures> all;
  for (const auto& process : processes) {
    if (process.pid_namespace != here) continue;
    const auto pid = std::to_string(process.pid);
    all.push_back(figures_of("/proc/" + pid, {{"pid", pid}}));
  }
  append(out, all);
}

void tell_build(Registry& registry, std::string_view app_version) {
  const auto family = registry.add(
      {.kind = base::MetricKind::gauge,
       .name = "plinth_build_info",
       .documentation = "The version of the library, its compiler, and the application's version.",
       .labels = {"version", "compiler", "app_version"},
       .mode = base::GaugeMode::livemax});
  family->with({PLINTH_VERSION, compiler, app_version}).set(1);
}

}  // namespace plinth::telemetry

// Figures of processes from /proc, under the names of Prometheus' client libraries; and of this
// program's build.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/registry.hpp"

namespace plinth::telemetry {

struct ProcessId {
  std::int64_t pid;
  std::uint64_t pid_namespace;  // in which it means that process
};

/// Appends process_virtual_memory_bytes and its like, of this process. Reads files: not for an
/// event loop.
void append_process(std::string& out);
/// Of several, told apart by the label "pid"; those that cannot be seen from here are left out.
void append_processes(std::string& out, std::span<const ProcessId> processes);

/// Adds plinth_build_info.
void tell_build(Registry& registry, std::string_view app_version);

}  // namespace plinth::telemetry

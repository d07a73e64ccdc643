// Figures of this process from /proc, under the names of Prometheus' client libraries.
#pragma once

#include <string>

namespace plinth::telemetry {

/// Appends process_virtual_memory_bytes and its like. Reads files: not for an event loop.
void append_process(std::string& out);

}  // namespace plinth::telemetry

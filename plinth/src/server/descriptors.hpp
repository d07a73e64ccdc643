// The process's limit of open files, which is also one of connections.
#pragma once

#include <cstddef>

namespace plinth::server {

/// How many of `wanted` connections the process may have so that files, databases and the refusals
/// of more connections still find descriptors. Raises the soft limit of open files (ulimit -Sn) if
/// need be, as far as the hard one allows.
std::size_t fit_connections(std::size_t wanted);

}  // namespace plinth::server

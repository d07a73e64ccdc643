// Sockets that a service manager has opened, as sd_listen_fds(3) takes them; without libsystemd.
#pragma once

#include <vector>

namespace plinth::server {

inline constexpr int first_inherited = 3;  // SD_LISTEN_FDS_START

/// $LISTEN_FDS of them when $LISTEN_PID is this process, else none. Programs that are started from
/// here on do not get them.
std::vector<int> take_inherited_sockets();

}  // namespace plinth::server

#include "server/inherited.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace plinth::server {

std::vector<int> take_inherited_sockets() {
  const char* owner = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  std::vector<int> sockets;
  if (!owner || !count || std::atoi(owner) != ::getpid()) return sockets;
  for (int i = 0; i < std::atoi(count); ++i) {
    const int socket = first_inherited + i;
    if (::fcntl(socket, F_SETFD, FD_CLOEXEC) < 0) break;
    sockets.push_back(socket);
  }
  ::unsetenv("LISTEN_PID");
  ::unsetenv("LISTEN_FDS");
  ::unsetenv("LISTEN_FDNAMES");
  return sockets;
}

}  // namespace plinth::server

// `serve --workers N`: a process that serves nothing itself and keeps N that do.
//
// It opens the listening sockets and keeps them, so that connections wait, and are not refused or
// reset, while a worker is replaced. A worker is this program anew (fork and exec): its settings
// and the program itself may have changed meanwhile. It is given its sockets as systemd would give
// them
// ($LISTEN_FDS) and says that it is ready as it would say to systemd ($NOTIFY_SOCKET).
#pragma once

#include <string>
#include <vector>

#include "plinth/logging.hpp"
#include "plinth/server.hpp"

namespace plinth::cli {

struct SupervisorOptions {
  int workers = 2;
  unsigned threads = 1;              // of each worker
  std::vector<std::string> command;  // of a worker
  ServerOptions server;              // the address, or sockets that are open already
  Logging (*init_logging)() = nullptr;
};

/// Serves until SIGTERM or SIGINT, which go to all workers, a second one too. SIGHUP replaces the
/// workers one by one. A worker that ends by itself is started again; one that does not come up
/// at the start ends everything. Returns the exit code.
int supervise(const SupervisorOptions& options);

}  // namespace plinth::cli

// A process that serves, as its supervisor sees it.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

namespace plinth::cli {

/// Where this program was when it was started; what lies there now may be its next version.
std::string program_path();

/// Starts `command` (its first word is the program's path) with the sockets as file descriptors 3
/// and on. It is told to stop when this process dies, and is in a group of its own, so that Ctrl-C
/// reaches this process alone. Throws std::system_error.
pid_t start_process(const std::vector<std::string>& command, std::span<const int> sockets,
                    const std::string& notify_socket);

/// Where workers tell that they are ready.
class Mailbox {
 public:
  /// Throws std::system_error.
  Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox();

  int socket() const { return socket_; }
  /// For $NOTIFY_SOCKET.
  const std::string& address() const { return address_; }
  /// The processes that have said READY=1 since the last call.
  std::vector<pid_t> take_ready();

 private:
  int socket_;
  std::string address_;
};

/// "exit code 1", "signal 11 (Segmentation fault)".
std::string how_ended(int wait_status);

}  // namespace plinth::cli

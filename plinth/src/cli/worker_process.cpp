#include "cli/worker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include "server/inherited.hpp"

namespace plinth::cli {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// First out of the way, then into their places: these may overlap.
bool place_sockets(std::span<const int> sockets) {
  std::vector<int> copies;
  const int beyond = server::first_inherited + static_cast<int>(sockets.size());
  for (const int socket : sockets) copies.push_back(::fcntl(socket, F_DUPFD_CLOEXEC, beyond));
  for (std::size_t i = 0; i < copies.size(); ++i) {
    if (::dup2(copies[i], server::first_inherited + static_cast<int>(i)) < 0) return false;
  }
  return true;
}

[[noreturn]] void become(std::vector<std::string> command, std::span<const int> sockets,
                         const std::string& notify_socket, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(0);  // it died before it could be watched
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
  ::setenv("NOTIFY_SOCKET", notify_socket.c_str(), 1);
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
  if (place_sockets(sockets)) {
    std::vector<char*> words;
    for (auto& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    ::execv(words.front(), words.data());
  }
  ::_exit(127);
}

}  // namespace

std::string program_path() {
  std::array<char, 4096> path{};
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size < 0) fail("/proc/self/exe");
  return {path.data(), static_cast<std::size_t>(size)};
}

pid_t start_process(const std::vector<std::string>& command, std::span<const int> sockets,
                    const std::string& notify_socket) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) fail("cannot start a worker");
  if (pid == 0) become(command, sockets, notify_socket, parent);
  return pid;
}

// The kernel finds a free name when it is given none; the name begins with NUL.
Mailbox::Mailbox() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (socket_ < 0) fail("socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socklen_t size = sizeof address;
  const int on = 1;
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address.sun_family) < 0 ||
      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) < 0 ||
      ::setsockopt(socket_, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) {
    fail("a socket for the workers");
  }
  const auto length = size - offsetof(sockaddr_un, sun_path);
  address_ = "@" + std::string(address.sun_path + 1, length - 1);
}

Mailbox::~Mailbox() { ::close(socket_); }

std::vector<pid_t> Mailbox::take_ready() {
  std::vector<pid_t> ready;
  for (;;) {
    std::array<char, 256> text{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto received = ::recvmsg(socket_, &message, MSG_CMSG_CLOEXEC);
    if (received < 0) return ready;
    const auto* header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_CREDENTIALS) continue;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
    const std::string_view state(text.data(), static_cast<std::size_t>(received));
    if (state == "READY=1") ready.push_back(sender.pid);
  }
}

std::string how_ended(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit code " + std::to_string(WEXITSTATUS(wait_status));
  const int number = WTERMSIG(wait_status);
  return "signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
}

}  // namespace plinth::cli

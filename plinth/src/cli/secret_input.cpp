// Passwords that are typed or piped. As OpenBSD's readpassphrase(3): a signal that comes meanwhile
// is answered after the terminal shows again what is typed.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "plinth/command_line.hpp"

namespace plinth {

namespace {

constexpr std::size_t line_bytes_max = 4096;

volatile sig_atomic_t caught = 0;

// While it lives, what is typed is not shown, and a signal that would end the process only ends
// wait(). Elsewhere signals are blocked: none is missed between a look at `caught` and the wait.
class Quiet {
 public:
  explicit Quiet(int terminal) : terminal_(terminal) {
    caught = 0;
    struct sigaction interrupt{};
    interrupt.sa_handler = [](int number) { caught = number; };  // no SA_RESTART
    sigemptyset(&interrupt.sa_mask);
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int signal : signals) sigaddset(&blocked, signal);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      ::sigaction(signals[i], &interrupt, &before_[i]);
    }
    if (::tcgetattr(terminal_, &shown_) != 0) return;
    termios hidden = shown_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;
    changed_ = ::tcsetattr(terminal_, TCSAFLUSH, &hidden) == 0;
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet() {
    if (changed_) ::tcsetattr(terminal_, TCSAFLUSH, &shown_);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      ::sigaction(signals[i], &before_[i], nullptr);
    }
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

  /// Until there is something to read; false when a signal came.
  bool wait() const {
    pollfd readable{.fd = terminal_, .events = POLLIN, .revents = 0};
    while (caught == 0 && ::ppoll(&readable, 1, nullptr, &mask_) < 0 && errno == EINTR) {
    }
    return caught == 0;
  }

 private:
  static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  int terminal_;
  termios shown_{};
  bool changed_ = false;
  sigset_t mask_{};
  std::array<struct sigaction, signals.size()> before_{};
};

// Byte by byte: what follows the line is not ours. False: nothing came before the end, or a signal.
bool read_line(int from, std::string& line, const Quiet* quiet = nullptr) {
  for (char byte = 0;;) {
    if (quiet && !quiet->wait()) return false;
    const auto got = ::read(from, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return !line.empty() && got == 0;
    if (byte == '\n') return true;
    if (line.size() == line_bytes_max) {
      throw std::runtime_error("the password is longer than 4096 bytes");
    }
    line += byte;
  }
}

struct Terminal {
  Terminal() : file(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {}
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    if (file >= 0) ::close(file);
  }
  int file;
};

}  // namespace

std::string ask_secret(std::string_view prompt) {
  const Terminal terminal;
  if (terminal.file < 0) throw std::runtime_error("there is no terminal to ask for the password");

  std::string line;
  bool typed = false;
  {
    const Quiet quiet(terminal.file);
    if (::write(terminal.file, prompt.data(), prompt.size()) < 0) {
      throw std::runtime_error("the terminal cannot be written to");
    }
    typed = read_line(terminal.file, line, &quiet);
  }
  if (caught != 0) ::raise(caught);
  if (!typed) throw std::runtime_error("no password was typed");
  return line;
}

std::string read_secret_line() {
  std::string line;
  if (!read_line(STDIN_FILENO, line)) {
    throw std::runtime_error("the standard input has no line with the password");
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace plinth

#include "support/terminal.hpp"

#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace support {

namespace {

// In the child, where nothing may be thrown.
[[noreturn]] void become(std::vector<std::string>& command, std::vector<std::string>& environment) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::chdir("/") != 0) ::_exit(126);
  for (auto& variable : environment) ::putenv(variable.data());
  std::vector<char*> words;
  for (auto& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

}  // namespace

Terminal::Terminal(const std::vector<std::string>& command,
                   const std::vector<std::string>& environment) {
  auto words = command;
  auto variables = environment;
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
  if (pid_ < 0) throw std::runtime_error("cannot start " + command[0] + " on a terminal");
  if (pid_ == 0) become(words, variables);
}

Terminal::~Terminal() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(terminal_);
}

bool Terminal::read_more() {
  std::array<char, 4096> bytes{};
  const auto size = ::read(terminal_, bytes.data(), bytes.size());  // EIO when all have closed it
  if (size <= 0) return false;
  screen_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

bool Terminal::wait_for(std::string_view text) {
  for (;;) {
    const auto found = screen_.find(text, searched_);
    if (found != std::string::npos) {
      searched_ = found + text.size();
      return true;
    }
    if (!read_more()) return false;
  }
}

void Terminal::type(std::string_view keys) const {
  if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error("the terminal does not take what is typed");
  }
}

int Terminal::wait() {
  while (read_more()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace support

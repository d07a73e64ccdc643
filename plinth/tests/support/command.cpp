#include "support/command.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace support {

namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (auto& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

// A pipe of whose ends a started program sees only what it is given.
std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  return ends;
}

// In the child, where nothing may be thrown.
[[noreturn]] void become(std::vector<std::string> command, CommandOptions options,
                         const passwd* user, int out, int err) {
  ::dup2(out, STDOUT_FILENO);
  if (!options.log.empty()) {
    err = ::open(options.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  }
  if (err >= 0) ::dup2(err, STDERR_FILENO);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
  for (auto& variable : options.environment) ::putenv(variable.data());
  if (!options.network.empty()) {
    const int network = ::open(("/run/netns/" + options.network).c_str(), O_RDONLY | O_CLOEXEC);
    if (network < 0 || ::setns(network, CLONE_NEWNET) != 0) ::_exit(126);
  }
  if (user && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
               ::setuid(user->pw_uid) != 0)) {
    ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after setuid, which forgets it
  ::execvp(command[0].c_str(), pointers(command).data());
  ::_exit(127);
}

pid_t start(const std::vector<std::string>& command, const CommandOptions& options, int out,
            int err) {
  const passwd* user = nullptr;
  if (!options.user.empty() && ::geteuid() == 0) {
    user = ::getpwnam(options.user.c_str());
    if (!user) throw std::runtime_error("there is no user " + options.user);
  }
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot start " + command[0]);
  if (pid == 0) become(command, options, user, out, err);
  return pid;
}

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

// Both at once, lest the program waits for the one that is not read.
void read_both(std::array<std::pair<int, std::string*>, 2> sources) {
  std::array<pollfd, 2> polled{{{sources[0].first, POLLIN, 0}, {sources[1].first, POLLIN, 0}}};
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    ::poll(polled.data(), polled.size(), -1);
    for (std::size_t i = 0; i < 2; ++i) {
      if (polled[i].fd < 0 || polled[i].revents == 0) continue;
      std::array<char, 4096> bytes{};
      const auto size = ::read(polled[i].fd, bytes.data(), bytes.size());
      if (size > 0) {
        sources[i].second->append(bytes.data(), static_cast<std::size_t>(size));
      } else {
        ::close(std::exchange(polled[i].fd, -1));
      }
    }
  }
}

}  // namespace

Ran run_command(const std::vector<std::string>& command, const CommandOptions& options) {
  const auto out = make_pipe();
  const auto err = make_pipe();
  const pid_t pid = start(command, options, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);
  Ran ran{};
  read_both({std::pair{out[0], &ran.out}, std::pair{err[0], &ran.err}});
  int status = 0;
  ::waitpid(pid, &status, 0);
  ran.status = status_of(status);
  return ran;
}

Child::Child(const std::vector<std::string>& command, const CommandOptions& options) {
  const auto out = make_pipe();
  output_ = out[0];
  pid_ = start(command, options, out[1], -1);
  ::close(out[1]);
}

Child::~Child() {
  if (running()) {
    signal(SIGKILL);
    wait();
  }
  ::close(output_);
}

std::string Child::read_line() {
  std::string line;
  for (char c = 0; ::read(output_, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

void Child::signal(int number) const { ::kill(pid_, number); }

int Child::wait() {
  if (status_ < 0) {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    status_ = status_of(status);
  }
  return status_;
}

bool Child::running() {
  if (status_ >= 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  status_ = status_of(status);
  return false;
}

}  // namespace support

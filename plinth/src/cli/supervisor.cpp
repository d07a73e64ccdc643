#include "cli/supervisor.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <system_error>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/log_levels.hpp"
#include "cli/worker_process.hpp"
#include "server/listener.hpp"
#include "server/notify.hpp"

namespace plinth::cli {
namespace {

constexpr std::int64_t long_life_ms = 10'000;  // a worker that lived so long was well
constexpr std::int64_t first_pause_ms = 100;
constexpr std::int64_t pause_max_ms = 5'000;
constexpr std::int64_t replacement_limit_ms = 60'000;  // for a new worker to become ready

// A place for a worker: its sockets stay, whoever serves them.
struct Slot {
  std::vector<int> sockets;
  pid_t present = 0;
  bool is_ready = false;
  pid_t next = 0;  // started to replace it
  std::int64_t next_started_ms = 0;
  std::int64_t started_ms = 0;
  std::int64_t pause_ms = 0;
  std::optional<std::int64_t> start_at_ms;
};

class Supervisor {
 public:
  explicit Supervisor(const SupervisorOptions& options);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  int run();

 private:
  void open_sockets();
  void wait();
  void read_signals();
  void reap();
  void ended(pid_t pid, int status);
  void present_ended(Slot& slot, int status);
  void ready(pid_t pid);
  void start_due();
  void replace_next();
  void stop(int signal);
  pid_t start(const Slot& slot) {
    return start_process(options_.command, slot.sockets, mailbox_.address());
  }
  void signal_all(int number) const;
  bool all_ready() const;
  bool any_lives() const;
  int patience_ms() const;

  const SupervisorOptions& options_;
  std::optional<Logging> logging_;
  Mailbox mailbox_;
  int signals_ = -1;
  std::uint16_t port_ = 0;
  std::vector<Slot> slots_;
  std::vector<pid_t> leaving_;            // replaced, and finishing what they do
  std::optional<std::size_t> replacing_;  // the slot
  bool replace_again_ = false;
  bool serving_ = false;  // all workers have been ready once
  bool stopping_ = false;
  int code_ = 0;
};

Supervisor::Supervisor(const SupervisorOptions& options) : options_(options) {
  slots_.resize(static_cast<std::size_t>(options.workers));
  // First of all: a thread, of the log for one, would hear what it inherits.
  sigset_t heard;
  ::sigemptyset(&heard);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&heard, number);
  ::sigprocmask(SIG_BLOCK, &heard, nullptr);
  signals_ = ::signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  if (options.init_logging) logging_.emplace(options.init_logging());
  open_sockets();
}

Supervisor::~Supervisor() {
  if (signals_ >= 0) ::close(signals_);
}

// One for each event loop of each worker; those that were given are everybody's.
void Supervisor::open_sockets() {
  if (!options_.server.sockets.empty()) {
    for (auto& slot : slots_) slot.sockets = options_.server.sockets;
    return;
  }
  const auto opened = server::open_listeners(
      options_.server.host, options_.server.port,
      static_cast<unsigned>(slots_.size()) * options_.threads, options_.server.reuse_port);
  port_ = opened.port;
  for (std::size_t i = 0; i < opened.sockets.size(); ++i) {
    slots_[i / options_.threads].sockets.push_back(opened.sockets[i].socket);
  }
}

int Supervisor::run() {
  for (auto& slot : slots_) slot.start_at_ms = 0;
  while (!stopping_ || any_lives()) {
    if (!stopping_) start_due();
    wait();
    read_signals();
    reap();
    for (const pid_t pid : mailbox_.take_ready()) ready(pid);
  }
  return code_;
}

void Supervisor::wait() {
  std::array<pollfd, 2> watched{{{signals_, POLLIN, 0}, {mailbox_.socket(), POLLIN, 0}}};
  ::poll(watched.data(), watched.size(), patience_ms());
  if (server::watchdog_ms() > 0) server::notify("WATCHDOG=1");
}

int Supervisor::patience_ms() const {
  std::int64_t patience = server::watchdog_ms() > 0 ? server::watchdog_ms() / 2 : 10'000;
  for (const auto& slot : slots_) {
    if (!slot.start_at_ms) continue;
    patience =
        std::min(patience, std::max<std::int64_t>(0, *slot.start_at_ms - base::monotonic_ms()));
  }
  return static_cast<int>(patience);
}

void Supervisor::start_due() {
  const auto now = base::monotonic_ms();
  for (auto& slot : slots_) {
    if (slot.next != 0 && now - slot.next_started_ms > replacement_limit_ms) {
      ::kill(slot.next, SIGKILL);
    }
    if (!slot.start_at_ms || *slot.start_at_ms > now) continue;
    slot.start_at_ms.reset();
    slot.present = start(slot);
    slot.is_ready = false;
    slot.started_ms = now;
  }
}

void Supervisor::read_signals() {
  signalfd_siginfo heard{};
  while (::read(signals_, &heard, sizeof heard) == sizeof heard) {
    const auto number = static_cast<int>(heard.ssi_signo);
    if (number == SIGTERM || number == SIGINT) stop(number);
    if (number == SIGHUP && !stopping_) {
      base::log(base::Level::info, "replacing the workers");
      replace_again_ = true;
      replace_next();
    }
  }
}

void Supervisor::stop(int signal) {
  if (!stopping_) {
    base::log(base::Level::info, "stopping", {{"signal", signal}});
    server::notify("STOPPING=1");
  }
  stopping_ = true;
  signal_all(SIGTERM);
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) ended(pid, status);
}

void Supervisor::ended(pid_t pid, int status) {
  if (std::erase(leaving_, pid) > 0) return;
  for (auto& slot : slots_) {
    if (slot.next == pid) {
      slot.next = 0;
      replacing_.reset();
      replace_again_ = false;
      base::log(base::Level::error, "the new worker does not start, the old ones stay",
                {{"pid", pid}, {"ended", how_ended(status)}});
    } else if (slot.present == pid) {
      slot.present = 0;
      present_ended(slot, status);
    }
  }
}

void Supervisor::present_ended(Slot& slot, int status) {
  if (stopping_) {
    // The signal may have come before it could be heard.
    const bool told_to = WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
    if (status != 0 && !told_to) code_ = 1;
    return;
  }
  const auto ended = how_ended(status);
  if (!serving_) {  // it will have said why
    base::log(base::Level::error, "a worker does not start", {{"ended", ended}});
    code_ = WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1;
    return stop(SIGCHLD);
  }
  const auto now = base::monotonic_ms();
  const bool was_well = slot.is_ready && now - slot.started_ms >= long_life_ms;
  slot.pause_ms = was_well ? 0 : std::clamp(slot.pause_ms * 2, first_pause_ms, pause_max_ms);
  slot.start_at_ms = now + slot.pause_ms;
  base::log(base::Level::error, "a worker ended and is started again",
            {{"ended", ended}, {"pause_ms", slot.pause_ms}});
}

void Supervisor::ready(pid_t pid) {
  base::pass_on_log_levels(pid);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto& slot = slots_[i];
    if (slot.next == pid) {
      if (slot.present != 0) {
        ::kill(slot.present, SIGTERM);
        leaving_.push_back(slot.present);
      }
      slot.present = std::exchange(slot.next, 0);
      slot.is_ready = true;
      slot.started_ms = base::monotonic_ms();
      slot.start_at_ms.reset();
      replace_next();
    } else if (slot.present == pid) {
      slot.is_ready = true;
    }
  }
  if (serving_ || !all_ready()) return;
  serving_ = true;
  server::notify("READY=1");
  base::log(base::Level::info, "serving",
            {{"workers", slots_.size()}, {"host", options_.server.host}, {"port", port_}});
}

// One after another: while a new worker comes up, all others serve.
void Supervisor::replace_next() {
  if (stopping_) return;
  if (replacing_ && slots_[*replacing_].next != 0) return;
  std::size_t at = replacing_ ? *replacing_ + 1 : slots_.size();
  if (at >= slots_.size()) {
    replacing_.reset();
    if (!std::exchange(replace_again_, false)) {
      base::log(base::Level::info, "the workers have been replaced");
      return;
    }
    at = 0;
  }
  replacing_ = at;
  slots_[at].next = start(slots_[at]);
  slots_[at].next_started_ms = base::monotonic_ms();
}

void Supervisor::signal_all(int number) const {
  for (const auto& slot : slots_) {
    if (slot.present != 0) ::kill(slot.present, number);
    if (slot.next != 0) ::kill(slot.next, number);
  }
  for (const pid_t pid : leaving_) ::kill(pid, number);
}

bool Supervisor::all_ready() const {
  return std::ranges::all_of(slots_, [](const Slot& slot) { return slot.is_ready; });
}

bool Supervisor::any_lives() const {
  return !leaving_.empty() || std::ranges::any_of(slots_, [](const Slot& slot) {
    return slot.present != 0 || slot.next != 0;
  });
}

}  // namespace

int supervise(const SupervisorOptions& options) { return Supervisor(options).run(); }

}  // namespace plinth::cli

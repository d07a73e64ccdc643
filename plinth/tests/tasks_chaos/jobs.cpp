#include "tasks_chaos/jobs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "plinth/session.hpp"
#include "plinth/task.hpp"

namespace tasks_chaos {

namespace {

// One write of a whole line, which the kernel keeps whatever becomes of this process.
void note(const char* what, std::int64_t number) {
  static const int ledger = ::open(std::getenv("LEDGER"), O_WRONLY | O_APPEND | O_CLOEXEC);
  const auto line = what + (" " + std::to_string(number)) + " " + std::to_string(::getpid()) + "\n";
  if (::write(ledger, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    std::perror("LEDGER");
    std::_Exit(1);
  }
}

}  // namespace

Task<void> note_run(std::int64_t number, std::int64_t milliseconds) {
  note("start", number);
  co_await sleep_for(milliseconds);
  note("end", number);
}

Task<void> note_payment(std::int64_t number, std::int64_t milliseconds, Session& session) {
  note("start", number);
  co_await sleep_for(milliseconds);
  session.add(Payment{.number = number});
  co_await session.flush();
  note("end", number);
}

void note_and_block(std::int64_t number, std::int64_t milliseconds) {
  note("start", number);
  ::usleep(static_cast<useconds_t>(milliseconds * 1000));
  note("end", number);
}

void note_and_die(std::int64_t number) {
  note("start", number);
  std::_Exit(9);
}

}  // namespace tasks_chaos

// Processes that a test kills in the middle of their work.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>

#include <iostream>
#include <string>

#include "base/clock.hpp"
#include "setup.hpp"
#include "support/command.hpp"

namespace setup {

/// Runs a test case of this program in a process of its own, on that database and at this time, and
/// kills it when it has said `steps` times that it goes on.
inline void kill_after(int steps, const char* child, const std::string& url) {
  support::Child process(
      {"/proc/self/exe", "--no-skip", std::string("--test-case=") + child},
      {.environment = {"PLINTH_TEST_URL=" + url,
                       "PLINTH_TEST_CLOCK=" + std::to_string(base::clock_microseconds())}});
  for (std::string line = "?"; steps > 0 && !line.empty();) {
    line = process.read_line();
    if (line == "goes on") --steps;
  }
  CHECK(steps == 0);
  process.signal(SIGKILL);
  process.wait();
}

/// With connections that are closed at its end: a killed client's last statement may still run, and
/// is waited for until no other is left.
inline void apart(const support::TestDatabase& database, auto work) {
  if (support::on_postgresql()) support::wait_until_alone(database.direct_url());
  on_threads(1, [&](int) {
    Engine engine(database.url());
    work(engine, *make_database_broker(engine));
  });
}

/// In such a process: that it goes on.
inline void say() {
  if (std::getenv("PLINTH_TEST_URL")) std::cout << "goes on" << std::endl;
}

inline std::string given(const char* name) {
  const char* value = std::getenv(name);
  REQUIRE(value);
  return value;
}

}  // namespace setup

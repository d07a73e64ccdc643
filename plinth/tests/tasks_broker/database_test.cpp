// The embedded broker, on either engine.
#include <doctest/doctest.h>

#include <algorithm>

#include "plinth/session.hpp"
#include "plinth/task_tables.hpp"
#include "plinth/testing.hpp"
#include "support/database.hpp"
#include "tasks/database_broker.hpp"
#include "tasks_broker/messages.hpp"
#include "tasks_broker/results.hpp"

using namespace subject;

namespace {

void run_all(std::span<const Scenario> scenarios) {
  for (const auto& scenario : scenarios) {
    CAPTURE(std::string(scenario.name));
    const support::TestDatabase database;
    Engine engine(database.url());
    create_all(engine, metadata_with_tasks<>());
    const auto broker = make_database_broker(engine);
    FrozenTime clock(1'795'000'000'000'000);
    Subject on{*broker, [&](std::int64_t ms) { clock.advance_microseconds(ms * 1000); }};
    scenario.run(on);
  }
}

}  // namespace

TEST_CASE("the database broker keeps what a broker promises of messages") {
  run_all(message_scenarios);
}

TEST_CASE("the database broker keeps what a broker promises of results") {
  run_all(result_scenarios);
}

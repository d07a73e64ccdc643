// A database with the tables of tasks, and a broker on it.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "plinth/session.hpp"
#include "plinth/task_tables.hpp"
#include "support/database.hpp"
#include "tasks/database_broker.hpp"
#include "tasks/outbox.hpp"
#include "tasks_broker/subject.hpp"

namespace setup {

using namespace subject;

/// What the application does beside its tasks.
struct Order {
  static constexpr auto table = "orders";
  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(40), unique> name;
};

struct Tables {
  explicit Tables(DatabaseBrokerOptions options = {})
      : engine(database.url()), broker(make_database_broker(engine, options)) {
    create_all(engine, metadata_with_tasks<Order>());
  }

  support::TestDatabase database{support::Place::disk};
  Engine engine;
  std::unique_ptr<DatabaseBroker> broker;
};

/// How many messages there are in these queues, as others see it.
inline std::uint64_t waiting(Broker& broker, const std::string& queue = "default") {
  return run(broker.lengths({queue})).at(0).waiting;
}

inline std::int64_t orders(Engine& engine) {
  return run([](Engine& on) -> Task<std::int64_t> {
    auto session = on.session();
    co_return co_await session.one(select<Order>(count()));
  }(engine));
}

/// Runs `function(i)` on that many threads at once.
void on_threads(int threads, auto function) {
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back(function, i);
  for (auto& thread : all) thread.join();
}

/// The error that `function` must end with.
template <class Error>
std::string what_of(auto function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  FAIL("no error of that kind");
  return {};
}

}  // namespace setup

// The embedded default as an application has it: a worker beside it, on its own database, killed
// again and again.
#include <doctest/doctest.h>

#include <memory>

#include "killing.hpp"
#include "plinth/app.hpp"
#include "plinth/tasks.hpp"
#include "tasks/celery.hpp"
#include "tasks/worker.hpp"

using namespace setup;

namespace {

// An order may be there once only.
Task<std::int64_t> place(std::int64_t number, Session& session) {
  session.add(Order{.name = "order " + std::to_string(number)});
  co_await session.flush();
  say();
  co_return number;
}
std::int64_t twice(std::int64_t number) {
  say();
  return 2 * number;
}
inline constexpr auto place_order = shared_task<place>({.name = "place_order", .idempotent = true});
inline constexpr auto add_up = shared_task<twice>({.name = "add_up"});

struct Embedded {
  explicit Embedded(const std::string& url) : engine(url) {
    // Killed that often, a message would else become a dead letter.
    app.provide(Celery("app", engine, {.task_max_deliveries = 1000, .lease = 1}));
    celery().register_tasks(place_order, add_up);
    init_celery(app);
  }
  Celery& celery() { return app.provided<Celery>(); }
  Broker& broker() { return *celery().impl().broker; }
  void work(bool once) {
    Worker worker(celery().impl(), {.once = once});
    run(worker.run());
  }
  bool is_done() {
    for (const auto& queue : run(broker().lengths({}))) {
      if (queue.waiting + queue.held > 0) return false;
    }
    return true;
  }

  Engine engine;
  App app{AppOptions{}};
};

constexpr std::int64_t tasks_of_each = 150;

Task<void> send_all() {
  for (std::int64_t number = 0; number < tasks_of_each; ++number) {
    const auto id = std::to_string(number);
    co_await place_order.apply_async({number}, {.task_id = "once " + id});
    co_await add_up.apply_async({number}, {.task_id = "twice " + id});
  }
}

}  // namespace

TEST_CASE("child: an embedded worker" * doctest::skip()) {
  Embedded embedded(given("PLINTH_TEST_URL"));
  embedded.work(false);
}

TEST_CASE("tasks in the database are all done, the idempotent once, whoever is killed") {
  const support::TestDatabase database(support::Place::disk);
  Embedded embedded(database.url());
  create_all(embedded.engine, metadata_with_tasks<Order>());
  run(send_all());
  for (int round = 0; round < 6; ++round) {
    kill_after(20, "child: an embedded worker", database.url());
  }
  while (!embedded.is_done()) embedded.work(true);

  CHECK(orders(embedded.engine) == tasks_of_each);
  CHECK(run(embedded.broker().dead_letters(10)).empty());
  for (std::int64_t number = 0; number < tasks_of_each; ++number) {
    const auto id = std::to_string(number);
    const auto placed = Json::parse(meta(embedded.broker(), "once " + id));
    CHECK(placed["status"].str() == "SUCCESS");
    CHECK(placed["result"].integer() == number);
    const auto added = Json::parse(meta(embedded.broker(), "twice " + id));
    CHECK(added["status"].str() == "SUCCESS");
    CHECK(added["result"].integer() == 2 * number);
  }
}

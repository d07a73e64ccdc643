// The tasks that docs/tasks.md quotes, sent and run.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/session.hpp"
#include "plinth/task_tables.hpp"
#include "plinth/tasks.hpp"
#include "plinth/testing.hpp"
#include "support/database.hpp"

using namespace plinth;

namespace {

struct Order {
  static constexpr auto table = "orders";

  Column<std::int64_t, primary_key> id;
  Column<std::int64_t> amount;
};

struct Account {
  static constexpr auto table = "accounts";

  Column<std::int64_t, primary_key> id;
  Column<std::int64_t> balance;
};

struct GatewayDown : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Fails once, then works. Asked by the worker's threads, looked at by the test.
struct Gateway {
  std::shared_ptr<std::atomic<int>> charges = std::make_shared<std::atomic<int>>();
  void charge(std::int64_t, std::string_view) {
    if (++*charges < 2) throw GatewayDown("no answer");
  }
};

// ---- Declared

std::int64_t sum(std::int64_t x, std::int64_t y) { return x + y; }
inline constexpr auto add = shared_task<sum>({.name = "add", .parameters = {"x", "y"}});

Task<void> charge(std::int64_t order_id, Session& session, Gateway& gateway, TaskContext& self) {
  auto order = co_await session.get<Order>(order_id);
  if (!order) throw Reject{.reason = "no such order"};
  gateway.charge(*order->amount, self.request().id);
}
inline constexpr auto charge_order = shared_task<charge>({.name = "charge_order",
                                                          .parameters = {"order_id"},
                                                          .max_retries = 8,
                                                          .autoretry_for = errors<GatewayDown>,
                                                          .retry_backoff = 2,
                                                          .time_limit = 60});

Task<std::int64_t> import(std::vector<std::string> lines, TaskContext& self) {
  for (std::size_t done = 0; done < lines.size(); ++done) {
    co_await self.update_state("PROGRESS", Json::object({{"done", done}, {"of", lines.size()}}));
  }
  co_return static_cast<std::int64_t>(lines.size());
}
inline constexpr auto import_lines = shared_task<import>({.name = "import_lines"});

Task<std::string> fetch(std::string url, TaskContext& self) {
  if (self.request().retries == 0) throw self.retry({.countdown = 1});  // 429 Too Many Requests
  co_return "<p>" + url + "</p>";
}
inline constexpr auto fetch_page = shared_task<fetch>({.name = "fetch_page", .max_retries = 20});

Task<void> credit(std::int64_t account_id, std::int64_t amount, Session& session) {
  co_await session.execute(update<Account>()
                               .set(col<&Account::balance> = col<&Account::balance> + amount)
                               .where(col<&Account::id> == account_id));
}
inline constexpr auto credit_account =
    shared_task<credit>({.name = "credit_account", .idempotent = true});

std::int64_t total(std::vector<std::int64_t> numbers) {
  std::int64_t all = 0;
  for (auto number : numbers) all += number;
  return all;
}
inline constexpr auto tsum = shared_task<total>({.name = "tsum"});

// ---- Called

Task<void> call() {
  auto result = co_await add.delay(2, 3);
  CHECK(co_await result.get({.timeout = 10}) == 5);

  co_await add.apply_async({2, 3}, {.countdown = 60});
  co_await add.apply_async({2, 3}, {.expires = 3600, .queue = "slow", .priority = 3});
}

Task<void> compose() {
  auto nine = co_await chain(add.s(2, 3), add.s(4)).delay();  // (2 + 3) + 4
  auto all = co_await group(add.s(1, 1), add.s(2, 2)).delay();
  auto six = co_await chord({add.s(1, 1), add.s(2, 2)}, tsum.s()).delay();
  auto sums = co_await add.starmap({{1, 1}, {2, 2}}).delay();

  CHECK(co_await nine.get({.timeout = 10}) == 9);
  const auto each = co_await all.get({.timeout = 10});
  CHECK(each == std::vector<Json>{2, 4});
  CHECK(co_await six.get({.timeout = 10}) == 6);
  const auto list = co_await sums.get({.timeout = 10});
  CHECK(list == Json::array({2, 4}));
}

Task<std::int64_t> place_order(Session& session, std::int64_t amount) {
  auto order = Order{.amount = amount};
  session.add(order);
  co_await session.flush();  // the database gives it an id
  session.enqueue(charge_order, *order.id);
  co_await session.commit();  // both are there, or neither
  co_return *order.id;
}

Task<std::string> credit_once(std::int64_t account_id) {
  auto sent = co_await credit_account.apply_async(
      {account_id, 100}, {.idempotency_key = "birthday:" + std::to_string(account_id)});
  co_return sent.id();
}

struct Fixture {
  support::TestDatabase database;
  App app;

  Fixture() {
    app.provide(Engine(database.url()));
    auto& engine = app.provided<Engine>();
    create_all(engine, metadata_with_tasks<Order, Account>());
    app.provide(Gateway{});
    app.provide(Celery("app", engine, {.worker_concurrency = 1}));
    auto& celery = app.provided<Celery>();
    celery.register_tasks(add, charge_order, import_lines, fetch_page, credit_account, tsum);
    init_celery(app);
  }
  // Once the task is done: what its backend keeps of it.
  Json meta_of(const std::string& id) {
    return run([](AsyncResult<Json> task) -> Task<Json> {
      co_await task.get({.timeout = 30, .propagate = false});
      co_return co_await task.meta();
    }(app.provided<Celery>().async_result(id)));
  }
};

}  // namespace

TEST_CASE("the guide's calls and compositions give what it says") {
  Fixture fixture;
  const TestClient serving(fixture.app);
  run(call());
  run(compose());
}

TEST_CASE("the guide's order is charged once it is committed, by the second try") {
  Fixture fixture;
  const TestClient serving(fixture.app);
  auto& engine = fixture.app.provided<Engine>();
  run([](Engine& of) -> Task<void> {
    auto session = of.session();
    co_await place_order(session, 70);
  }(engine));
  // The queue is served in order of arrival, but for the tries: an answer to another comes later.
  while (fixture.app.provided<Gateway>().charges->load() < 2) {
    fixture.meta_of(run([]() -> Task<std::string> {
      auto result = co_await add.delay(1, 1);
      co_return result.id();
    }()));
  }
}

TEST_CASE("the guide's retries, progress and idempotency") {
  Fixture fixture;
  const TestClient serving(fixture.app);
  auto& engine = fixture.app.provided<Engine>();
  const auto ids = run([](Engine& of) -> Task<std::vector<std::string>> {
    auto session = of.session();
    session.add(Account{.balance = 5});
    co_await session.commit();
    auto page = co_await fetch_page.delay("https://example.com");
    auto lines = co_await import_lines.delay(std::vector<std::string>{"a", "b"});
    auto first = co_await credit_once(1);
    auto second = co_await credit_once(1);
    std::vector<std::string> all{page.id(), lines.id(), first, second};
    co_return all;
  }(engine));
  CHECK(fixture.meta_of(ids[0])["result"] == "<p>https://example.com</p>");
  CHECK(fixture.meta_of(ids[1])["result"] == 2);
  CHECK(ids[2] == ids[3]);  // the second was dropped: it is known by the first one's id
  CHECK(fixture.meta_of(ids[2])["status"] == "SUCCESS");
  CHECK(run([](Engine& of) -> Task<std::int64_t> {
          auto session = of.session();
          auto account = co_await session.get<Account>(1);
          co_return *account->balance;
        }(engine)) == 105);
}

// What becomes of a key when its request does not end as it should.
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/context.hpp"
#include "db/commit_hook.hpp"
#include "idempotency/setup.hpp"
#include "middleware/idempotency_store.hpp"

using namespace ordering;
using middleware::KeyClaim;

namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr std::int64_t day_us = 86'400'000'000;

// A POST as the server hands it on.
struct Post {
  explicit Post(std::string with_key) : key(std::move(with_key)) {
    request.method = "POST";
    request.target = "/orders";
    request.path = "/orders";
    request.headers = {{"content-type", "application/json"},
                       {"authorization", "Bearer ada"},
                       {"idempotency-key", key}};
    request.body = R"({"item":"tea"})";
  }
  Post(const Post&) = delete;
  Post& operator=(const Post&) = delete;

  std::string key;
  Request request;
};

Response ask(App& app, const std::string& key) {
  Post post(key);
  return run(app.handle(post.request));
}

// Until the handler of the first request waits.
Task<void> until_started(Script& script) {
  while (script.started == 0) co_await sleep_for(1);
}

KeyClaim claim_of(const std::string& key) {
  const Post post(key);
  return middleware::make_claim("user:1", key, post.request);
}

// The row that the key has already; none when it is the claim's now.
std::optional<IdempotencyKey> take(Shop& shop, const KeyClaim& claim) {
  return run(middleware::take_key(shop.engine(), claim, minute_us, day_us));
}

// What a handler does: its change, and the mark in the same transaction.
Task<void> commit_order(Engine& engine, const KeyClaim& claim) {
  const db::CommitHook hook{.driver = &engine.driver(), .query = middleware::mark_committed(claim)};
  const base::Context context{.commit_hook = &hook};
  co_await base::in_context(context, [](Engine& of) -> Task<void> {
    auto session = of.session();
    session.add(Order{.item = "late"});
    co_await session.commit();
  }(engine));
}

}  // namespace

TEST_CASE("while a request is answered, another of its key is told to wait") {
  Shop shop(support::Place::disk);  // where others may read while one writes
  run(shop.app().startup());
  run([](Shop& of) -> Task<void> {
    of.script().wait = true;
    Post first("k1");
    auto answering = of.app().handle(first.request);
    answering.start();
    co_await until_started(of.script());
    Post second("k1");
    const auto told = co_await of.app().handle(second.request);
    CHECK(told.status == 409);
    CHECK(told.headers.get("retry-after") == "1");
    of.script().wait = false;
    while (!answering.done()) co_await sleep_for(1);
    CHECK(answering.take().status == 201);
  }(shop));
  CHECK(ask(shop.app(), "k1").headers.contains("idempotency-replayed"));
  CHECK(shop.orders() == 1);
}

TEST_CASE("a request whose client has left before the commit is undone, and may be sent again") {
  Shop shop;
  run(shop.app().startup());
  run([](Shop& of) -> Task<void> {
    of.script().wait = true;
    Post post("k1");
    {
      auto answering = of.app().handle(post.request);
      answering.start();
      co_await until_started(of.script());
    }
    of.script().wait = false;
    for (bool released = false; !released; co_await sleep_for(1)) {
      auto session = of.engine().session();
      released = (co_await session.all(select<IdempotencyKey>())).empty();
    }
  }(shop));
  CHECK(shop.orders() == 0);
  CHECK(ask(shop.app(), "k1").status == 201);
  CHECK(shop.orders() == 1);
}

TEST_CASE("a key whose process died before the commit is free when its lock is over") {
  Shop shop;
  run(shop.app().startup());
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  CHECK_FALSE(take(shop, claim_of("k1")));
  CHECK(ask(shop.app(), "k1").status == 409);
  clock.advance_seconds(59);
  CHECK(ask(shop.app(), "k1").status == 409);
  clock.advance_seconds(1);
  CHECK(ask(shop.app(), "k1").status == 201);
  CHECK(shop.orders() == 1);
}

TEST_CASE("a request whose process died after the commit is never done again") {
  Shop shop;
  run(shop.app().startup());
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  const auto claim = claim_of("k1");
  CHECK_FALSE(take(shop, claim));
  run(commit_order(shop.engine(), claim));
  CHECK(ask(shop.app(), "k1").headers.get("retry-after") == "1");
  clock.advance_seconds(60);
  const auto told = ask(shop.app(), "k1");
  CHECK(told.status == 409);
  CHECK(told.body ==
        R"({"detail":"The request of this Idempotency-Key was done; its answer is lost"})");
  CHECK(shop.orders() == 1);
  CHECK_FALSE(run(middleware::release_key(shop.engine(), claim)));
}

TEST_CASE("a request that outlives its lock commits nothing once another has the key") {
  Shop shop;
  run(shop.app().startup());
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  const auto slow = claim_of("k1");
  CHECK_FALSE(take(shop, slow));
  clock.advance_seconds(60);
  const auto next = claim_of("k1");
  CHECK_FALSE(take(shop, next));
  CHECK_THROWS_AS(run(commit_order(shop.engine(), slow)), StaleDataError);
  CHECK(shop.orders() == 0);
  run(commit_order(shop.engine(), next));
  CHECK(shop.orders() == 1);
  CHECK_FALSE(run(middleware::keep_answer(shop.engine(), slow, {.status = 201})));
}

TEST_CASE("of many requests with one key at once, one is done") {
  Shop shop;
  run(shop.app().startup());
  run([](Shop& of) -> Task<void> {
    std::vector<std::unique_ptr<Post>> posts;
    std::vector<Task<Response>> answering;
    for (int i = 0; i < 20; ++i) {
      posts.push_back(std::make_unique<Post>("k1"));
      answering.push_back(of.app().handle(posts.back()->request));
      answering.back().start();
    }
    int created = 0;
    for (auto& one : answering) {
      while (!one.done()) co_await sleep_for(1);
      const auto answer = one.take();
      CHECK((answer.status == 201 || answer.status == 409));
      if (answer.status == 201 && !answer.headers.contains("idempotency-replayed")) ++created;
    }
    CHECK(created == 1);
  }(shop));
  CHECK(shop.orders() == 1);
}

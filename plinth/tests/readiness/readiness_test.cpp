#include "plinth/readiness.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "base/leaving.hpp"
#include "base/log.hpp"
#include "support/redis.hpp"

using namespace plinth;

namespace {

struct Log final : base::LogSink {
  Log() : previous(base::set_log_sink(this)) {}
  ~Log() override { base::set_log_sink(previous); }
  void write(const base::LogRecord& record) noexcept override {
    text += std::string(record.message) + ";";
  }
  base::LogSink* previous;
  std::string text;
};

// A part that a test makes work or not.
struct Part {
  Task<void> probe() {
    ++asked;
    if (hangs) co_await sleep_for(600'000);
    if (!works) throw std::runtime_error("secret-host:5432 refuses");
  }
  bool works = true;
  bool hangs = false;
  int asked = 0;
};

std::string answer(const Readiness& readiness) {
  const auto response = run(readiness.answer());
  return std::to_string(response.status) + " " + response.body;
}

}  // namespace

TEST_CASE("a process is ready when all its parts are, and says which is not") {
  Log log;
  Part database;
  Part redis;
  Readiness readiness({.keep_ms = 0});
  readiness.add("database", [&] { return database.probe(); }).add("redis", [&] {
    return redis.probe();
  });
  CHECK(answer(readiness) == R"(200 {"status":"ready","checks":{"database":"ok","redis":"ok"}})");
  redis.works = false;
  CHECK(answer(readiness) ==
        R"(503 {"status":"not ready","checks":{"database":"ok","redis":"failed"}})");
  const auto refused = run(readiness.answer());
  CHECK(refused.headers.get("retry-after") == "1");
  CHECK(refused.headers.get("cache-control") == "no-store");
  redis.works = true;
  CHECK(answer(readiness).starts_with("200 "));
  CHECK(log.text == "not ready;ready again;");  // once, however often it was asked
}

TEST_CASE("without parts a process is ready") {
  CHECK(answer(Readiness()) == R"(200 {"status":"ready","checks":{}})");
}

TEST_CASE("an answer holds for a while, so that asking costs nothing") {
  Part database;
  Readiness readiness({.keep_ms = 600'000});
  readiness.add("database", [&] { return database.probe(); });
  for (int i = 0; i < 100; ++i) CHECK(answer(readiness).starts_with("200 "));
  CHECK(database.asked == 1);
  database.works = false;
  CHECK(answer(readiness).starts_with("200 "));
}

TEST_CASE("a part that does not answer is a timeout, and is not asked again meanwhile") {
  const Log log;
  Part database;
  Part redis;
  database.hangs = true;
  Readiness readiness({.timeout_ms = 1, .keep_ms = 0});
  readiness.add("database", [&] { return database.probe(); }).add("redis", [&] {
    return redis.probe();
  });
  for (int i = 0; i < 3; ++i) {
    CHECK(answer(readiness) ==
          R"(503 {"status":"not ready","checks":{"database":"timeout","redis":"ok"}})");
  }
  CHECK(database.asked == 1);
  CHECK(redis.asked == 3);
  base::Loop::current().cancel_spawned();
}

TEST_CASE("many who ask at once are answered by one look") {
  Part database;
  Readiness readiness({.keep_ms = 600'000});
  readiness.add("database", [&]() -> Task<void> {
    ++database.asked;
    co_await sleep_for(1);
  });
  int answered = 0;
  run([](const Readiness& asked, int& count) -> Task<void> {
    for (int i = 0; i < 20; ++i) {
      base::Loop::current().spawn([](const Readiness& one, int& done) -> Task<void> {
        if ((co_await one.answer()).status == 200) ++done;
      }(asked, count));
    }
    while (count < 20) co_await sleep_for(1);
  }(readiness, answered));
  CHECK(answered == 20);
  CHECK(database.asked == 1);
}

TEST_CASE("a server that is told to stop is not ready, whatever its parts say") {
  Part database;
  Readiness readiness;
  readiness.add("database", [&] { return database.probe(); });
  CHECK(answer(readiness).starts_with("200 "));
  base::set_leaving();
  CHECK(answer(readiness) == R"(503 {"status":"stopping"})");
  base::forget_leaving();
  CHECK(answer(readiness).starts_with("200 "));
}

TEST_CASE("Redis is a part") {
  const Log log;
  support::RedisServer redis;
  Readiness readiness({.keep_ms = 0});
  readiness.add_redis("redis", redis.url());
  CHECK(answer(readiness).starts_with("200 "));
  redis.kill();
  CHECK(answer(readiness).starts_with("503 "));
  redis.start();
  while (!answer(readiness).starts_with("200 ")) {
  }
  CHECK_THROWS_AS(Readiness().add_redis("redis", "http://localhost"), std::invalid_argument);
}

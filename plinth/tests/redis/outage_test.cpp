// What a client does when Redis is killed, cut off, loading, or somebody else.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "redis/client.hpp"
#include "redis/fake_redis.hpp"
#include "redis/log.hpp"
#include "redis/subscriber.hpp"
#include "support/redis.hpp"

using namespace plinth;
using namespace plinth::redis;
using redis_test::FakeRedis;
using support::RedisServer;

namespace {

struct Failure {
  std::string text;
  bool may_have_run = false;
};

Task<Failure> failure_of(Task<Reply> task) {
  try {
    co_await std::move(task);
  } catch (const Unavailable& error) {
    CHECK(error.status == 503);
    co_return Failure{error.what(), error.may_have_run};
  }
  co_return Failure{"none"};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a command in flight when Redis is killed may have run, the next one waits for it") {
  redis_test::Log log;
  RedisServer server({.durable = true});
  Client client(parse_url(server.url()));
  run([](Client& redis, RedisServer& own) -> Task<void> {
    co_await redis.command({"SET", "n", "1"});
    own.freeze();
    auto lost = redis.command({"INCR", "n"});
    lost.start();
    co_await sleep_for(0);  // written at the end of this turn
    own.thaw();
    own.restart();
    for (auto failure = Failure{}; failure.text != "none";) {
      failure = co_await failure_of(redis.command({"PING"}));
    }
    CHECK(lost.done());
  }(client, server));
  CHECK(log.count("was lost") <= 1);
}

TEST_CASE("without Redis a command fails within the limit, and says why") {
  redis_test::Log log;
  std::string url;
  {
    const RedisServer server;
    url = server.url();
  }
  Client client(parse_url(url), {.connect_limit_ms = 200});
  run([](Client& redis) -> Task<void> {
    const auto failure = co_await failure_of(redis.command({"SET", "n", "1"}));
    CHECK(has(failure.text, "Redis cannot be reached at redis://127.0.0.1:"));
    CHECK(has(failure.text, "Connection refused"));
    CHECK(!failure.may_have_run);
    co_await failure_of(redis.command({"PING"}));
  }(client));
  CHECK(log.count("cannot be reached") == 1);  // an outage is told once
}

TEST_CASE("a command that waits while Redis starts is done then") {
  redis_test::Log log;
  RedisServer server;
  server.kill();
  Client client(parse_url(server.url()), {.connect_limit_ms = 60'000});
  run([](Client& redis, RedisServer& own) -> Task<void> {
    auto waits = redis.command({"INCR", "n"});
    waits.start();
    while (redis.pending() == 0) co_await sleep_for(0);
    own.start();
    while (!waits.done()) co_await sleep_for(1);
    CHECK(waits.take().integer == 1);
  }(client, server));
}

TEST_CASE("a Redis that is silent is given up, and served again when it answers") {
  redis_test::Log log;
  RedisServer server;
  Client client(parse_url(server.url()), {.connect_limit_ms = 100, .command_limit_ms = 100});
  run([](Client& redis, RedisServer& own) -> Task<void> {
    co_await redis.command({"PING"});
    own.freeze();
    const auto cut_off = co_await failure_of(redis.command({"INCR", "n"}));
    CHECK(has(cut_off.text, "no answer within 100 ms"));
    CHECK(cut_off.may_have_run);
    const auto waited = co_await failure_of(redis.command({"INCR", "n"}));
    CHECK(!waited.may_have_run);
    CHECK(waited.text != "none");
    own.thaw();
    for (auto failure = Failure{}; failure.text != "none";) {
      failure = co_await failure_of(redis.command({"SET", "after", "1"}));
    }
  }(client, server));
  CHECK(log.count("connected to Redis again") == 1);
}

TEST_CASE("a wrong password is named, and never shown") {
  redis_test::Log log;
  const RedisServer server({.password = "right"});
  auto url = parse_url(server.url());
  url.password = "wr0ng";
  Client wrong(url, {.connect_limit_ms = 100});
  url.password.clear();
  Client none(url, {.connect_limit_ms = 100});
  run([](Client& refused, Client& without) -> Task<void> {
    const auto failure = co_await failure_of(refused.command({"PING"}));
    CHECK(has(failure.text, "the user or the password is refused: WRONGPASS"));
    CHECK(!has(failure.text, "wr0ng"));
    CHECK(has((co_await failure_of(without.command({"PING"}))).text, "Redis wants a password"));
  }(wrong, none));
}

TEST_CASE("a Redis that loads its data is waited for") {
  redis_test::Log log;
  FakeRedis server([](int connection, const Words& words) -> std::optional<std::string> {
    if (connection < 3 && words.front() == "PING") {
      return "-LOADING Redis is loading the dataset in memory\r\n";
    }
    if (words.front() == "GET") return "$2\r\nok\r\n";
    return redis_test::greet(words);
  });
  Client client(parse_url(server.url()), {.connect_limit_ms = 60'000});
  run([](Client& redis) -> Task<void> {
    CHECK((co_await redis.command({"GET", "key"})).text == "ok");
  }(client));
  CHECK(server.connections() == 3);
}

TEST_CASE("after a failover the connection to what is now a replica is left") {
  redis_test::Log log;
  FakeRedis server([](int connection, const Words& words) -> std::optional<std::string> {
    if (connection == 1 && words.front() == "SET") {
      return "-READONLY You can't write against a read only replica.\r\n";
    }
    if (words.front() == "SET") return "+OK\r\n";
    return redis_test::greet(words);
  });
  Client client(parse_url(server.url()), {.connect_limit_ms = 60'000});
  run([](Client& redis) -> Task<void> {
    const auto failure = co_await failure_of(redis.command({"SET", "key", "1"}));
    CHECK(has(failure.text, "READONLY"));
    CHECK(!failure.may_have_run);
    CHECK((co_await redis.command({"SET", "key", "1"})).text == "OK");
  }(client));
  CHECK(server.connections() == 2);
}

TEST_CASE("replies that come byte by byte are whole") {
  FakeRedis server(
      [](int, const Words& words) -> std::optional<std::string> {
        if (words.front() == "GET") return "*2\r\n$4\r\na\r\nb\r\n:12\r\n";
        return redis_test::greet(words);
      },
      true);
  Client client(parse_url(server.url()));
  run([](Client& redis) -> Task<void> {
    const auto reply = co_await redis.command({"GET", "key"});
    REQUIRE(reply.items.size() == 2);
    CHECK(reply.items[0].text == "a\r\nb");
    CHECK(reply.items[1].integer == 12);
  }(client));
}

TEST_CASE("a server that closes at once is not asked in a hot loop") {
  redis_test::Log log;
  FakeRedis server([](int, const Words&) -> std::optional<std::string> { return std::nullopt; });
  Client client(parse_url(server.url()), {.connect_limit_ms = 300});
  run([](Client& redis) -> Task<void> {
    const auto failure = co_await failure_of(redis.command({"PING"}));
    CHECK(has(failure.text, "the other side has closed it"));
  }(client));
  CHECK(server.connections() < 20);
}

TEST_CASE("what speaks another protocol is told apart") {
  redis_test::Log log;
  FakeRedis server([](int, const Words&) -> std::optional<std::string> {
    return "HTTP/1.1 400 Bad Request\r\n\r\n";
  });
  Client client(parse_url(server.url()), {.connect_limit_ms = 100});
  run([](Client& redis) -> Task<void> {
    const auto failure = co_await failure_of(redis.command({"PING"}));
    CHECK(has(failure.text, "does not speak Redis's protocol"));
  }(client));
}

TEST_CASE("a name that does not exist is said to be unknown") {
  redis_test::Log log;
  Client client(parse_url("redis://no-such-host.invalid"), {.connect_limit_ms = 2000});
  run([](Client& redis) -> Task<void> {
    const auto failure = co_await failure_of(redis.command({"PING"}));
    CHECK(has(failure.text, "Redis cannot be reached at redis://no-such-host.invalid:6379/0: "));
  }(client));
}

TEST_CASE("a client that is destroyed tells those who wait") {
  redis_test::Log log;
  RedisServer server;
  auto client = std::make_unique<Client>(parse_url(server.url()));
  run([](std::unique_ptr<Client> redis, RedisServer& own) -> Task<void> {
    co_await redis->command({"PING"});
    own.freeze();
    auto waits = failure_of(redis->command({"PING"}));
    waits.start();
    redis.reset();
    CHECK(waits.done());
    CHECK(waits.take().text == "the client of Redis is closed");
    own.thaw();
  }(std::move(client), server));
}

TEST_CASE("tasks that are cancelled with their loop's others leave a client that connects") {
  redis_test::Log log;
  RedisServer server;
  server.freeze();
  Client client(parse_url(server.url()), {.connect_limit_ms = 60'000});
  int ready = 0;
  Subscriber subscriber(parse_url(server.url()), [](Message&) {}, [&ready] { ++ready; });
  {
    auto dropped = client.command({"PING"});
    dropped.start();
    run(sleep_for(1));  // both are connecting
  }
  base::Loop::current().cancel_spawned();
  server.thaw();
  run([](Client& redis, int& told) -> Task<void> {
    CHECK((co_await redis.command({"PING"})).text == "PONG");
    while (told == 0) co_await sleep_for(1);
  }(client, ready));
}

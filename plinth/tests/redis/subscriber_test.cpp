#include "redis/subscriber.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "redis/client.hpp"
#include "redis/log.hpp"
#include "support/redis.hpp"

using namespace plinth;
using namespace plinth::redis;
using support::RedisServer;

namespace {

struct Heard {
  std::vector<std::string> messages;
  int ready = 0;

  Subscriber listen(const std::string& url, SubscriberOptions options = {}) {
    return Subscriber(
        parse_url(url),
        [this](Message& message) {
          messages.push_back(message.channel + (message.pattern.empty() ? "" : "~") +
                             message.pattern + "=" + message.payload.text);
        },
        [this] { ++ready; }, std::move(options));
  }
};

template <class Condition>
Task<void> until(Condition condition) {
  while (!condition()) co_await sleep_for(1);
}

}  // namespace

TEST_CASE("messages of channels and patterns arrive in order") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  Heard heard;
  auto subscriber = heard.listen(server.url());
  run([](Subscriber& own, Client& redis, Heard& got) -> Task<void> {
    own.subscribe("news");
    own.subscribe_pattern("task.*");
    co_await own.ready();
    const std::string bytes("\0\r\n", 3);
    co_await redis.command({"PUBLISH", "news", "one"});
    co_await redis.command({"PUBLISH", "task.done", bytes});
    co_await redis.command({"PUBLISH", "other", "no"});
    co_await redis.command({"PUBLISH", "news", "two"});
    co_await until([&] { return got.messages.size() == 3; });
    CHECK(got.messages[0] == "news=one");
    CHECK(got.messages[1] == "task.done~task.*=" + bytes);
    CHECK(got.messages[2] == "news=two");
    CHECK(got.ready == 1);
  }(subscriber, client, heard));
}

TEST_CASE("a channel is left when all have left it") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  Heard heard;
  auto subscriber = heard.listen(server.url());
  run([](Subscriber& own, Client& redis, Heard& got) -> Task<void> {
    own.subscribe("a");
    own.subscribe("a");
    own.subscribe("b");
    own.unsubscribe("a");
    co_await own.ready();
    CHECK((co_await redis.command({"PUBLISH", "a", "1"})).integer == 1);
    own.unsubscribe("a");
    own.subscribe("c");  // confirmed behind the unsubscribing
    co_await own.ready();
    CHECK((co_await redis.command({"PUBLISH", "a", "2"})).integer == 0);
    co_await redis.command({"PUBLISH", "b", "3"});
    co_await until([&] { return got.messages.size() == 2; });
    CHECK(got.messages[1] == "b=3");
  }(subscriber, client, heard));
}

TEST_CASE("after a restart the channels are subscribed again, and that is told") {
  redis_test::Log log;
  RedisServer server;
  Heard heard;
  auto subscriber = heard.listen(server.url());
  run([](Subscriber& own, RedisServer& redis, Heard& got) -> Task<void> {
    own.subscribe("news");
    own.subscribe_pattern("task.*");
    co_await own.ready();
    const auto first = own.client_id();
    CHECK(first > 0);
    redis.kill();
    co_await until([&] { return own.client_id() == 0; });
    redis.start();
    co_await until([&] { return got.ready == 2; });
    CHECK(own.client_id() > 0);
    redis.ask({"PUBLISH", "news", "again"});
    redis.ask({"PUBLISH", "task.1", "too"});
    co_await until([&] { return got.messages.size() == 2; });
    CHECK(got.messages[0] == "news=again");
  }(subscriber, server, heard));
}

TEST_CASE("a silent connection is given up") {
  redis_test::Log log;
  RedisServer server;
  Heard heard;
  auto subscriber = heard.listen(
      server.url(), {.connect_limit_ms = 100, .ping_interval_ms = 50, .silence_limit_ms = 200});
  run([](Subscriber& own, RedisServer& redis, Heard& got) -> Task<void> {
    own.subscribe("news");
    co_await own.ready();
    redis.freeze();
    co_await until([&] { return own.client_id() == 0; });
    std::string error;
    try {
      co_await own.ready();
    } catch (const Unavailable& failure) {
      error = failure.what();
    }
    CHECK(error.find("does not let us subscribe in time") != std::string::npos);
    redis.thaw();
    co_await until([&] { return got.ready == 2; });
  }(subscriber, server, heard));
}

TEST_CASE("the server's pings keep a quiet connection") {
  redis_test::Log log;
  const RedisServer server;
  Heard heard;
  auto subscriber = heard.listen(server.url(), {.ping_interval_ms = 1, .silence_limit_ms = 60'000});
  run([](Subscriber& own, const RedisServer& redis) -> Task<void> {
    own.subscribe("news");
    co_await own.ready();
    // PING is allowed while subscribed; what it answers is no message.
    co_await until([&] {
      return redis.ask({"INFO", "commandstats"}).find("cmdstat_ping:calls=") != std::string::npos &&
             redis.ask({"CLIENT", "LIST"}).find("cmd=ping") != std::string::npos;
    });
  }(subscriber, server));
  CHECK(heard.messages.empty());
  CHECK(log.lines.empty());
}

TEST_CASE("invalidations of tracked keys arrive with their keys") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  std::vector<std::string> keys;
  Subscriber subscriber(
      parse_url(server.url()),
      [&keys](Message& message) {
        for (const auto& key : message.payload.items) keys.push_back(key.text);
      },
      nullptr);
  run([](Subscriber& own, Client& redis, const RedisServer& server_,
         std::vector<std::string>& got) -> Task<void> {
    own.subscribe("__redis__:invalidate");
    co_await own.ready();
    co_await redis.command({"CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(own.client_id()),
                            "BCAST", "PREFIX", "queue"});
    server_.ask({"LPUSH", "other", "x"});
    server_.ask({"LPUSH", "queue", "x"});
    co_await until([&] { return got.size() == 1; });
    CHECK(got[0] == "queue");
  }(subscriber, client, server, keys));
}

TEST_CASE("what a listener throws is logged, and the next message arrives") {
  redis_test::Log log;
  const RedisServer server;
  int heard = 0;
  Subscriber subscriber(
      parse_url(server.url()),
      [&heard](Message&) {
        if (++heard == 1) throw std::runtime_error("bad");
      },
      nullptr);
  run([](Subscriber& own, const RedisServer& redis, int& count) -> Task<void> {
    own.subscribe("news");
    co_await own.ready();
    redis.ask({"PUBLISH", "news", "1"});
    redis.ask({"PUBLISH", "news", "2"});
    co_await until([&] { return count == 2; });
  }(subscriber, server, heard));
  CHECK(log.count("a listener to Redis failed") == 1);
}

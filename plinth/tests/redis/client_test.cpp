#include "redis/client.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/loop.hpp"
#include "redis/log.hpp"
#include "support/redis.hpp"

using namespace plinth;
using namespace plinth::redis;
using support::RedisServer;

namespace {

const Script& get_and_add() {
  static const Script script("return redis.call('INCRBY', KEYS[1], ARGV[1])");
  return script;
}

template <class Exception>
Task<std::string> error_of(Task<Reply> task) {
  try {
    co_await std::move(task);
  } catch (const Exception& error) {
    co_return error.what();
  }
  co_return "none";
}

}  // namespace

TEST_CASE("commands take and give any bytes") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  const std::string bytes("\0\r\n\xff$5\r\n", 8);
  const std::string large(3'000'000, 'x');
  run([](Client& redis, const std::string& odd, const std::string& big) -> Task<void> {
    CHECK((co_await redis.command({"SET", odd, odd})).text == "OK");
    CHECK((co_await redis.command({"GET", odd})).text == odd);
    CHECK((co_await redis.command({"GET", "nothing"})).is_nil());
    CHECK((co_await redis.command({"SET", "", ""})).text == "OK");
    CHECK((co_await redis.command({"GET", ""})).kind == Reply::Kind::bulk);
    CHECK((co_await redis.command({"SET", "big", big})).text == "OK");
    CHECK((co_await redis.command({"GET", "big"})).text == big);
    co_await redis.command({"RPUSH", "list", "a", "b"});
    const auto list = co_await redis.command({"LRANGE", "list", "0", "-1"});
    REQUIRE(list.items.size() == 2);
    CHECK(list.items[1].text == "b");
  }(client, bytes, large));
  CHECK(server.ask({"CLIENT", "LIST"}).find("name=plinth") != std::string::npos);
}

TEST_CASE("a database, a password and a unix socket are taken from the url") {
  const RedisServer server({.password = "s3cret"});
  auto url = server.url();
  url.back() = '5';
  Client tcp(parse_url(url));
  Client socket(parse_url("unix://:s3cret@" + server.socket_path() + "?db=5"));
  run([](Client& one, Client& other) -> Task<void> {
    co_await one.command({"SET", "key", "value"});
    CHECK((co_await other.command({"GET", "key"})).text == "value");
  }(tcp, socket));
  CHECK(server.ask({"-n", "5", "GET", "key"}) == "value\n");
}

TEST_CASE("a refused command throws, and those beside it do not mind") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  run([](Client& redis) -> Task<void> {
    co_await redis.command({"SET", "text", "abc"});
    CHECK(co_await error_of<CommandError>(redis.command({"INCR", "text"})) ==
          "ERR value is not an integer or out of range");
    CHECK((co_await redis.command({"GET", "text"})).text == "abc");
    const auto replies = co_await redis.pipeline(
        {{"SET", "n", "1"}, {"LPUSH", "text", "x"}, {"INCR", "n"}, {"NOSUCH"}});
    REQUIRE(replies.size() == 4);
    CHECK(error_prefix(replies[1].text) == "WRONGTYPE");
    CHECK(replies[2].integer == 2);
    CHECK(replies[3].is_error());
  }(client));
}

TEST_CASE("a transaction happens as a whole, or is refused as a whole") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  run([](Client& redis) -> Task<void> {
    const auto replies = co_await redis.pipeline({{"INCR", "n"}, {"INCR", "n"}}, Together::atomic);
    REQUIRE(replies.size() == 2);
    CHECK(replies[1].integer == 2);
    std::string error;
    try {
      co_await redis.pipeline({{"INCR", "n"}, {"NOSUCH"}}, Together::atomic);
    } catch (const CommandError& refused) {
      error = refused.what();
    }
    CHECK(error.starts_with("ERR unknown command 'NOSUCH'"));
    CHECK((co_await redis.command({"GET", "n"})).text == "2");
    CHECK((co_await redis.pipeline({})).empty());
  }(client));
}

TEST_CASE("a thousand coroutines share a connection, and each gets its own reply") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  int right = 0;
  run([](Client& redis, int& count) -> Task<void> {
    const auto ask = [](Client& own, std::string number, int& good) -> Task<void> {
      for (int i = 0; i < 5; ++i) {
        const auto text = number + "/" + std::to_string(i);
        good += (co_await own.command({"ECHO", text})).text == text ? 1 : 0;
      }
    };
    for (int i = 0; i < 1000; ++i) {
      base::Loop::current().spawn(ask(redis, std::to_string(i), count));
    }
    while (redis.pending() > 0) co_await redis.command({"PING"});
  }(client, right));
  CHECK(right == 5000);
  CHECK(server.ask({"CLIENT", "LIST"}).find("name=plinth") ==
        server.ask({"CLIENT", "LIST"}).rfind("name=plinth"));
}

TEST_CASE("a script is loaded when it is needed, also after Redis has forgotten it") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  run([](Client& redis, const RedisServer& own) -> Task<void> {
    CHECK((co_await redis.eval(get_and_add(), {"n"}, {"5"})).integer == 5);
    own.ask({"SCRIPT", "FLUSH"});
    CHECK((co_await redis.eval(get_and_add(), {"n"}, {"5"})).integer == 10);
    const auto replies = co_await redis.pipeline(
        {redis.call(get_and_add(), {"n"}, {"1"}), redis.call(get_and_add(), {"n"}, {"1"})});
    CHECK(replies.at(1).integer == 12);
    CHECK((co_await error_of<CommandError>(redis.eval(get_and_add(), {"n"}, {"x"})))
              .starts_with("ERR value is not an integer"));
  }(client, server));
}

TEST_CASE("a script that is first met in a pipeline or a post is loaded before it") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  run([](Client& redis) -> Task<void> {
    redis.post(redis.call(get_and_add(), {"n"}, {"3"}));
    CHECK((co_await redis.command({"GET", "n"})).text == "3");
  }(client));
}

TEST_CASE("what is posted is done, and only its first error is logged") {
  redis_test::Log log;
  const RedisServer server;
  Client client(parse_url(server.url()));
  run([](Client& redis) -> Task<void> {
    redis.post({"SET", "key", "value"});
    redis.post({"NOSUCH"});
    redis.post({"NOSUCH"});
    CHECK((co_await redis.command({"GET", "key"})).text == "value");
  }(client));
  CHECK(log.count("for which nobody waits") == 1);
}

TEST_CASE("a waiter that is destroyed leaves the others their replies") {
  const RedisServer server;
  Client client(parse_url(server.url()));
  run([](Client& redis) -> Task<void> {
    co_await redis.command({"PING"});
    {
      auto unsent = redis.command({"SET", "unsent", "1"});
      unsent.start();
    }
    auto sent = redis.command({"ECHO", "dropped"});
    sent.start();
    co_await redis.command({"ECHO", "with it"});
    auto in_flight = redis.command({"ECHO", "dropped"});
    in_flight.start();
    auto next = redis.command({"ECHO", "kept"});
    next.start();
    co_await sleep_for(0);  // they are written at the end of this turn
    in_flight = {};
    while (!next.done()) co_await sleep_for(1);
    CHECK(next.take().text == "kept");
    CHECK((co_await redis.command({"EXISTS", "unsent"})).integer == 0);
  }(client));
}

TEST_CASE("each thread has a client of its own") {
  const RedisServer server;
  Clients clients(parse_url(server.url()));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&clients] {
      run([](Clients& own) -> Task<void> {
        for (int n = 0; n < 200; ++n) co_await own.local().command({"INCR", "n"});
      }(clients));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(server.ask({"GET", "n"}) == "800\n");
}

TEST_CASE("too many commands at once are refused") {
  const RedisServer server;
  Client client(parse_url(server.url()), {.queue_limit = 10});
  run([](Client& redis) -> Task<void> {
    std::vector<Task<Reply>> tasks;
    for (int i = 0; i < 10; ++i) {
      tasks.push_back(redis.command({"PING"}));
      tasks.back().start();
    }
    const auto error = co_await error_of<Unavailable>(redis.command({"PING"}));
    CHECK(error.starts_with("too many commands wait for Redis at redis://127.0.0.1:"));
    while (redis.pending() > 0) co_await sleep_for(1);
    for (auto& task : tasks) CHECK(task.take().text == "PONG");
    CHECK((co_await redis.command({"PING"})).text == "PONG");
  }(client));
}

TEST_CASE("each new connection begins with the greeting") {
  redis_test::Log log;
  RedisServer server;
  std::vector<std::string> answers;
  Client client(parse_url(server.url()),
                {.greeting = [] { return std::vector<Words>{{"INCR", "greetings"}, {"NOSUCH"}}; },
                 .greeted =
                     [&answers](const std::vector<Reply>& replies) {
                       answers.push_back(std::to_string(replies.at(0).integer) +
                                         (replies.at(1).is_error() ? " error" : ""));
                     }});
  run([](Client& redis, RedisServer& own) -> Task<void> {
    co_await redis.eval(get_and_add(), {"n"}, {"1"});
    own.restart();
    for (bool again = true; again;) {
      again = co_await error_of<Unavailable>(redis.command({"PING"})) != "none";
    }
  }(client, server));
  CHECK(answers == std::vector<std::string>{"1 error", "1 error"});
}

// What a trace shows of Redis. Neither keys nor what is kept under them may be in it.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/trace.hpp"
#include "redis/client.hpp"
#include "setup.hpp"
#include "support/redis.hpp"

namespace {

using namespace plinth;
using namespace tracing_test;
using support::attribute;
using support::find_span;
using support::OtlpReceiver;

const redis::Script& script() {
  static const redis::Script made("return redis.call('GET', KEYS[1])");
  return made;
}

Task<void> ask(redis::Client& client) {
  co_await client.command({"SET", "s3cret:ada", "s3cret"});
  co_await client.pipeline({{"INCR", "s3cret:n"}, {"EXPIRE", "s3cret:n", "60"}});
  co_await client.pipeline({{"GET", "s3cret:n"}}, redis::Together::atomic);
  co_await client.eval(script(), {"s3cret:ada"}, {"s3cret"});
  try {
    co_await client.command({"INCR", "s3cret:ada"});
  } catch (const redis::CommandError&) {
    co_return;
  }
  FAIL("a text was incremented");
}

}  // namespace

TEST_CASE("Redis commands are spans without keys and values") {
  const support::RedisServer server;
  OtlpReceiver receiver;
  const auto tracing = configure_tracing(quick_options(receiver));
  base::Trail trail;
  base::begin_trace(trail, nullptr);
  run([](const std::string& url, base::Trail& within) -> Task<void> {
    redis::Client client(redis::parse_url(url));
    const base::Context context{.trail = &within};
    co_await base::in_context(context, ask(client));
  }(server.url(), trail));
  const auto spans = receiver.spans(5);
  const auto& set = find_span(spans, "SET");
  CHECK(set["kind"] == Json(3));
  CHECK(set["attributes"] == Json::object({{"db.system.name", "redis"},
                                           {"db.operation.name", "SET"},
                                           {"db.namespace", "0"},
                                           {"server.address", "127.0.0.1"},
                                           {"server.port", std::to_string(server.port())},
                                           {"db.query.text", "SET ? ?"}}));
  const auto& pipeline = find_span(spans, "PIPELINE");
  CHECK(attribute(pipeline, "db.query.text") == Json("INCR ?\nEXPIRE ? ?"));
  CHECK(attribute(pipeline, "db.operation.batch.size") == Json("2"));
  CHECK(attribute(find_span(spans, "MULTI"), "db.query.text") == Json("GET ?"));
  CHECK(attribute(find_span(spans, "EVALSHA"), "db.query.text") ==
        Json("EVALSHA " + script().sha()));
  const auto& failed = find_span(spans, "INCR");
  CHECK(attribute(failed, "error.type") == Json("plinth::redis::CommandError"));
  CHECK(failed["status"] == Json::object({{"code", 2}}));
  for (const auto& span : spans) CHECK(span.dump().find("s3cret") == std::string::npos);
}

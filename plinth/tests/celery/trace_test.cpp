// A trace from C++ to Python and back, in the headers that opentelemetry-instrumentation-celery
// writes and reads.
#include <doctest/doctest.h>

#include <string>

#include "base/trace.hpp"
#include "celery/jobs.hpp"
#include "celery/workers.hpp"
#include "plinth/app.hpp"
#include "plinth/tracing.hpp"
#include "support/otlp_receiver.hpp"
#include "support/redis.hpp"
#include "tasks/celery.hpp"
#include "tasks/worker.hpp"

using namespace plinth;
using support::attribute;
using support::find_span;

namespace {

TracingOptions quick_options(const support::OtlpReceiver& receiver) {
  return {.endpoint = receiver.url(), .service_name = "test", .schedule_delay_ms = 10};
}

CeleryOptions options(const support::RedisServer& redis) {
  return {.broker_url = redis.url(), .task_default_queue = "default"};
}

Task<Json> ask_python(Celery& celery) {
  const auto result = co_await celery.send_task("traced");
  co_return co_await result.get({.timeout = 30});
}

}  // namespace

TEST_CASE("a Python worker is told the trace of its C++ caller") {
  const support::RedisServer redis;
  const celery::Worker worker(celery::Kind::python, redis.url());
  support::OtlpReceiver receiver;
  const auto tracing = configure_tracing(quick_options(receiver));
  Celery celery("jobs", options(redis));
  base::Trail trail;
  const base::SpanContext caller{.trace_id = {1, 2}, .span_id = 3, .flags = base::sampled_flag};
  base::begin_trace(trail, &caller, "vendor=1");
  const auto told = run([](Celery& of, base::Trail& within) -> Task<Json> {
    const base::Context context{.trail = &within};
    co_return co_await base::in_context(context, ask_python(of));
  }(celery, trail));
  Json sent;
  while (sent.is_null()) {
    for (const auto& span : receiver.spans(1)) {
      if (span["name"] == Json("apply_async/traced")) sent = span;
    }
  }
  CHECK(told[0] == Json("00-00000000000000010000000000000002-" + sent["span"].str() + "-01"));
  CHECK(told[1] == Json("vendor=1"));
}

TEST_CASE("a C++ worker goes on with the trace of its Python caller") {
  const support::RedisServer redis;
  celery::run_client(redis.url(), {"send_traced"});
  support::OtlpReceiver receiver;
  const auto tracing = configure_tracing(quick_options(receiver));
  Celery celery("jobs", options(redis));
  celery::register_jobs(celery);
  App app;
  app.provide(std::move(celery));
  init_celery(app);
  tasks::Worker worker(app.provided<Celery>().impl(), {.queues = {"default"}, .once = true});
  run(worker.run());
  const auto spans = receiver.spans(1);
  const auto& ran = find_span(spans, "run/echo");
  CHECK(ran["trace"] == Json("0af7651916cd43dd8448eb211c80319c"));
  CHECK(ran["parent"] == Json("b7ad6b7169203331"));
  CHECK(ran["state"] == Json("vendor=1"));
  CHECK(attribute(ran, "celery.state") == Json("SUCCESS"));
}

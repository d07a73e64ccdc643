// An application of the tasks in jobs.hpp: the library's command line, and "api", which prints its
// port and serves. REDIS_URL (or none: embedded) and DATABASE_URL say where things are, LEDGER is
// the file that tasks write to, LEASE and MAX_DELIVERIES are options of Celery.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "plinth/cli.hpp"
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"
#include "tasks_chaos/jobs.hpp"

namespace tasks_chaos {

namespace {

double number_of(const char* variable, double otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::atof(text) : otherwise;
}

// The row and its task: both or none.
Task<Json> order(Query<"number", std::int64_t> number, Engine& engine) {
  auto session = engine.session();
  session.add(Order{.number = *number});
  session.enqueue(work, *number, 0);
  co_await session.commit();
  co_return Json::object({{"number", *number}});
}

// An odd number is refused after all was written.
Task<Json> order_or_not(Query<"number", std::int64_t> number, Engine& engine) {
  auto session = engine.session();
  session.add(Order{.number = *number});
  session.enqueue(work, *number, 0);
  co_await session.flush();
  if (*number % 2 == 1) throw HttpError(400, "odd");
  co_await session.commit();
  co_return Json::object({{"number", *number}});
}

App create_app() {
  App app;
  app.provide(Engine(std::getenv("DATABASE_URL")));
  CeleryOptions options{.task_default_queue = "default"};
  if (const char* url = std::getenv("REDIS_URL")) options.broker_url = url;
  options.lease = number_of("LEASE", options.lease);
  options.task_max_deliveries = static_cast<int>(number_of("MAX_DELIVERIES", 5));
  Celery celery("chaos", app.provided<Engine>(), std::move(options));
  celery.register_tasks(work, pay, block, die);
  app.provide(std::move(celery));
  init_celery(app);
  app.post<order>("/orders");
  app.post<order_or_not>("/doubtful-orders");
  return app;
}

int serve_api() {
  auto app = create_app();
  Server server(app, {.port = 0, .threads = 2});
  server.listen();
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  return server.run();
}

}  // namespace

}  // namespace tasks_chaos

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "api") return tasks_chaos::serve_api();
  return plinth::run_command_line(
      argc, argv,
      {.create_app = &tasks_chaos::create_app,
       .database_url = [] { return std::string(std::getenv("DATABASE_URL")); },
       .revisions = [] { return std::span<const plinth::Revision>{}; },
       .production = [] { return false; }});
}

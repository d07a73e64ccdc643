// An application of the tasks in jobs.hpp. REDIS_URL and DATABASE_URL say where things are, LEDGER
// is the file that tasks write to, LEASE and MAX_DELIVERIES are options of Celery.
#include <cstdlib>
#include <string>

#include "plinth/cli.hpp"
#include "plinth/plinth.hpp"
#include "tasks_chaos/jobs.hpp"

namespace tasks_chaos {

namespace {

double number_of(const char* variable, double otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::atof(text) : otherwise;
}

App create_app() {
  App app;
  app.provide(Engine(std::getenv("DATABASE_URL")));
  CeleryOptions options{.broker_url = std::getenv("REDIS_URL"), .task_default_queue = "default"};
  options.lease = number_of("LEASE", options.lease);
  options.task_max_deliveries = static_cast<int>(number_of("MAX_DELIVERIES", 5));
  Celery celery("chaos", app.provided<Engine>(), std::move(options));
  celery.register_tasks(work, pay, block, die);
  app.provide(std::move(celery));
  init_celery(app);
  return app;
}

}  // namespace

}  // namespace tasks_chaos

int main(int argc, char** argv) {
  return plinth::run_command_line(
      argc, argv,
      {.create_app = &tasks_chaos::create_app,
       .database_url = [] { return std::string(std::getenv("DATABASE_URL")); },
       .revisions = [] { return std::span<const plinth::Revision>{}; },
       .production = [] { return false; }});
}

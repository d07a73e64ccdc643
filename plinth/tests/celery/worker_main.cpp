// An application of the tasks in jobs.py and nothing else, with the library's command line:
// celery_worker worker -n w1@test. REDIS_URL says where its messages are.
#include <cstdio>
#include <cstdlib>

#include "celery/jobs.hpp"
#include "plinth/cli.hpp"
#include "plinth/plinth.hpp"

namespace {

using namespace plinth;

App create_app() {
  CeleryOptions options{.broker_url = std::getenv("REDIS_URL"), .task_default_queue = "default"};
  if (const char* seconds = std::getenv("VISIBILITY")) {
    options.visibility_timeout = std::atof(seconds);
  }
  Celery celery("jobs", std::move(options));
  celery::register_jobs(celery);
  App app;
  app.provide(std::move(celery));
  init_celery(app);
  return app;
}

}  // namespace

int main(int argc, char** argv) {
  return plinth::run_command_line(argc, argv,
                                  {.create_app = &create_app,
                                   .database_url = [] { return std::string("sqlite://"); },
                                   .revisions = [] { return std::span<const Revision>{}; },
                                   .production = [] { return false; }});
}

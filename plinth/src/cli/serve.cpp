#include <cstdint>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "cli/arguments.hpp"
#include "cli/celery_of.hpp"
#include "cli/commands.hpp"
#include "cli/task_metrics.hpp"
#include "plinth/server.hpp"
#include "plinth/session.hpp"
#include "plinth/tasks.hpp"
#include "plinth/telemetry.hpp"
#include "tasks/celery.hpp"

namespace plinth::cli {

namespace {

constexpr std::string_view options[] = {"--host", "--port", "--threads"};

bool is_private_database(std::string_view url) { return url.ends_with(":memory:"); }

// In production an unmigrated database is refused; elsewhere the log says so.
bool may_serve(const Program& program) {
  auto url = program.database_url();
  auto engine = Engine(url);
  if (run(migrate::is_at_head(engine, program.revisions()))) return true;

  auto fix = is_private_database(url) ? "use a file: DATABASE_URL=sqlite:///app.db"
                                      : "run: app migrate upgrade head";
  bool refused = program.production();
  base::log(refused ? base::Level::error : base::Level::warning,
            "DATABASE_URL: the database is not at the last migration", {{"fix", fix}});
  return !refused;
}

// What an embedded worker does is shown with the application's other metrics, if it shows any.
std::unique_ptr<TaskMetrics> measure_tasks(App& app) {
  const auto* registry = app.find_provided<CollectorRegistry>();
  auto* celery = app.find_provided<Celery>();
  if (!registry || !celery || !celery->is_embedded()) return nullptr;
  auto metrics = std::make_unique<TaskMetrics>(*registry);
  celery->impl().observers.push_back(metrics.get());
  return metrics;
}

}  // namespace

int serve(const Program& program, std::span<char* const> words) {
  Arguments arguments = parse_arguments(words, options, {});
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");

  ServerOptions server_options;
  server_options.host = arguments.value_or("--host", server_options.host);
  server_options.port =
      static_cast<std::uint16_t>(arguments.number_or("--port", server_options.port, 0, 65535));
  server_options.threads = static_cast<unsigned>(arguments.number_or("--threads", 0, 0, 1024));

  App app = program.create_app();
  if (!may_serve(program)) return 1;
  const auto metrics = measure_tasks(app);
  const int code = Server(app, server_options).run();
  if (auto* celery = app.find_provided<Celery>()) end_if_leaked(celery->impl(), code);
  return code;
}

}  // namespace plinth::cli

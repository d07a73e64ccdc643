#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/celery_of.hpp"
#include "cli/commands.hpp"
#include "cli/gate.hpp"
#include "cli/metrics_folder.hpp"
#include "cli/supervisor.hpp"
#include "cli/task_metrics.hpp"
#include "cli/worker_process.hpp"
#include "plinth/server.hpp"
#include "plinth/tasks.hpp"
#include "plinth/telemetry.hpp"
#include "server/inherited.hpp"
#include "tasks/celery.hpp"

namespace plinth::cli {

namespace {

constexpr std::string_view serve_options[] = {
    "--host", "--port", "--threads", "--workers", "--fd", "--ssl-certfile", "--ssl-keyfile"};
constexpr std::string_view serve_flags[] = {"--reuse-port"};

// Sockets of the service manager, or of --fd, stand for host and port.
std::vector<int> given_sockets(const Arguments& arguments) {
  auto sockets = server::take_inherited_sockets();
  if (const int fd = arguments.number_or("--fd", -1, 0, 1'000'000); sockets.empty() && fd >= 0) {
    sockets.push_back(fd);
  }
  return sockets;
}

ServerOptions server_options(const Program& program, const Arguments& arguments) {
  ServerOptions made = program.server_options ? program.server_options() : ServerOptions();
  made.host = arguments.value_or("--host", made.host);
  made.port = static_cast<std::uint16_t>(arguments.number_or("--port", made.port, 0, 65535));
  made.threads = static_cast<unsigned>(
      arguments.number_or("--threads", static_cast<int>(made.threads), 0, 1024));
  made.ssl_certfile = arguments.value_or("--ssl-certfile", made.ssl_certfile);
  made.ssl_keyfile = arguments.value_or("--ssl-keyfile", made.ssl_keyfile);
  made.reuse_port |= arguments.has("--reuse-port");
  made.sockets = given_sockets(arguments);
  made.notify = true;
  return made;
}

// This very program with these words, as one worker. What comes last wins.
int serve_with_workers(const Program& program, std::span<char* const> words, int workers,
                       ServerOptions server) {
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  if (server.threads == 0) server.threads = std::max(1U, cores / static_cast<unsigned>(workers));
  const WorkersMetrics metrics(program);
  SupervisorOptions supervised{.workers = workers,
                               .threads = server.threads,
                               .command = {program_path(), "serve"},
                               .server = std::move(server),
                               .init_logging = program.init_logging};
  for (const char* word : words) supervised.command.emplace_back(word);
  for (const auto& word : {std::string("--workers"), std::string("1"), std::string("--threads"),
                           std::to_string(supervised.threads)}) {
    supervised.command.push_back(word);
  }
  return supervise(supervised);
}

// What an embedded worker does is shown with the application's other metrics, if it shows any.
std::unique_ptr<TaskMetrics> measure_tasks(App& app) {
  const auto* registry = app.find_provided<CollectorRegistry>();
  auto* celery = app.find_provided<Celery>();
  if (!registry || !celery) return nullptr;
  registry->register_collector(std::make_shared<TaskBacklog>(*registry, *celery));
  if (!celery->is_embedded()) return nullptr;
  auto metrics = std::make_unique<TaskMetrics>(*registry);
  metrics->is_up("celery@" + tasks::host_name());
  celery->impl().observers.push_back(metrics.get());
  return metrics;
}

}  // namespace

int serve(const Program& program, std::span<char* const> words) {
  Arguments arguments = parse_arguments(words, serve_options, serve_flags);
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");
  auto serving = server_options(program, arguments);
  const int usual = program.workers ? program.workers() : 1;
  const int workers = arguments.number_or("--workers", usual, 1, 256);
  if (workers > 1) return serve_with_workers(program, words, workers, std::move(serving));
  use_metrics_folder(program);

  App app = program.create_app();
  const auto metrics = measure_tasks(app);
  Gate gate(app, program);
  Server server(gate, std::move(serving));
  gate.on_failure([&server] { server.stop(); });
  int code = server.run();
  if (gate.failed()) code = 1;
  if (auto* celery = app.find_provided<Celery>()) end_if_leaked(celery->impl(), code);
  return code;
}

}  // namespace plinth::cli

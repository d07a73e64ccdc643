#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/loop_lag.hpp"
#include "cli/arguments.hpp"
#include "cli/celery_of.hpp"
#include "cli/commands.hpp"
#include "cli/metrics_folder.hpp"
#include "cli/task_metrics.hpp"
#include "plinth/server.hpp"
#include "plinth/tasks.hpp"
#include "plinth/telemetry.hpp"
#include "tasks/control.hpp"
#include "tasks/events.hpp"
#include "tasks/worker.hpp"

namespace plinth::cli {

namespace {

constexpr std::string_view worker_options[] = {"-Q",
                                               "--queues",
                                               "-c",
                                               "--concurrency",
                                               "-n",
                                               "--hostname",
                                               "--prefetch-multiplier",
                                               "--threads",
                                               "--grace",
                                               "--metrics-host",
                                               "--metrics-port"};
constexpr std::string_view worker_flags[] = {"-E", "--task-events", "--once"};

// Celery's %h: the host's name; %n and %d are its parts.
std::string node_name(std::string pattern) {
  if (pattern.empty()) return {};
  if (pattern.find('@') == std::string::npos) pattern += "@%h";
  if (const auto at = pattern.find("%h"); at != std::string::npos) {
    pattern.replace(at, 2, tasks::host_name());
  }
  return pattern;
}

tasks::WorkerOptions options_of(const Arguments& arguments) {
  const int concurrency = arguments.values.contains("-c")
                              ? arguments.number_or("-c", 0, 1, 100'000)
                              : arguments.number_or("--concurrency", 0, 1, 100'000);
  return {.queues = names_of(either(arguments, "-Q", "--queues")),
          .concurrency = concurrency,
          .prefetch_multiplier = arguments.number_or("--prefetch-multiplier", 0, 1, 10'000),
          .executors = static_cast<unsigned>(arguments.number_or("--threads", 0, 1, 256)),
          .hostname = node_name(either(arguments, "-n", "--hostname")),
          .once = arguments.has("--once"),
          .grace = static_cast<double>(arguments.number_or("--grace", 20, 0, 86'400))};
}

// The first SIGTERM or SIGINT lets what runs end; the second ends at once.
class Signals {
 public:
  explicit Signals(tasks::Worker& worker)
      : worker_(worker), signals_(base::Loop::current().context(), SIGTERM, SIGINT) {
    listen();
  }

 private:
  void listen() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      worker_.stop();
      listen();
    });
  }

  tasks::Worker& worker_;
  boost::asio::signal_set signals_;
};

// Serves GET /metrics on a thread of its own.
class MetricsServer {
 public:
  MetricsServer(const CollectorRegistry& registry, std::string host, std::uint16_t port)
      : server_(app_, {.host = std::move(host), .port = port, .threads = 1}) {
    Instrumentator(registry).expose(app_, {.include_in_schema = false});
    server_.listen();
    thread_ = std::thread([this] { server_.run(); });
  }
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;
  ~MetricsServer() {
    server_.stop();
    thread_.join();
  }

 private:
  App app_{AppOptions{.openapi_url = std::nullopt}};
  Server server_;
  std::thread thread_;
};

}  // namespace

int worker(const Program& program, std::span<char* const> words) {
  const Arguments arguments = parse_arguments(words, worker_options, worker_flags);
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");

  use_metrics_folder(program);
  App app = program.create_app();
  auto& celery = celery_of(app).impl();
  const CollectorRegistry registry;
  registry.register_runtime(app.options().version);
  TaskMetrics metrics(registry);
  celery.observers.push_back(&metrics);
  registry.register_collector(std::make_shared<TaskBacklog>(registry, celery_of(app)));
  std::optional<MetricsServer> metrics_server;
  if (const int port = arguments.number_or("--metrics-port", 0, 1, 65535); port != 0) {
    metrics_server.emplace(registry, arguments.value_or("--metrics-host", "127.0.0.1"),
                           static_cast<std::uint16_t>(port));
  }
  {
    tasks::Worker worker(celery, options_of(arguments));
    const base::LoopLag lag("worker");
    metrics.is_up(worker.hostname());
    std::unique_ptr<tasks::Events> events;
    std::unique_ptr<tasks::Control> control;
    const Signals signals(worker);
    const bool sends_events = arguments.has("-E") || arguments.has("--task-events");
    if (celery.options.broker_url) {
      events = std::make_unique<tasks::Events>(worker, sends_events);
      control = std::make_unique<tasks::Control>(worker, *events);
      run(control->mingle());
    }
    auto running = worker.run([&] {
      base::log(base::Level::info, "ready",
                {{"worker", worker.hostname()},
                 {"concurrency", worker.options().concurrency},
                 {"pid", static_cast<std::int64_t>(::getpid())}});
    });
    base::Loop::current().run_until_done(running);
    if (events) run(events->offline());
    running.take();
  }
  end_if_leaked(celery, 0);
  return 0;
}

}  // namespace plinth::cli

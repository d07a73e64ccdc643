#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "cli/arguments.hpp"
#include "cli/celery_of.hpp"
#include "cli/commands.hpp"
#include "tasks/beat.hpp"
#include "tasks/celery.hpp"

namespace plinth::cli {

int beat(const Program& program, std::span<char* const> words) {
  const Arguments arguments = parse_arguments(words, {}, {});
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");

  App app = program.create_app();
  auto& celery = celery_of(app).impl();
  auto& loop = base::Loop::current();
  boost::asio::signal_set signals(loop.context(), SIGTERM, SIGINT);
  signals.async_wait([&loop](const boost::system::error_code& error, int signal) {
    if (error) return;
    base::log(base::Level::info, "stopping", {{"signal", signal}});
    loop.stop();
  });
  base::log(base::Level::info, "beat: ready", {{"entries", celery.periodic.size()}});
  loop.spawn(tasks::run_beat(celery));
  loop.run();
  signals.cancel();
  loop.cancel_spawned();
  return 0;
}

}  // namespace plinth::cli

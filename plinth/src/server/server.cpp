// The life of a server: listen, run a worker on each thread, stop gracefully.
#include "plinth/server.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "server/crew.hpp"
#include "server/descriptors.hpp"
#include "server/life_cycle.hpp"
#include "server/listener.hpp"
#include "server/tls_context.hpp"
#include "server/worker.hpp"

namespace plinth {

struct Server::State {
  State(detail::Handler& handler, ServerOptions options)
      : shared{.options = std::move(options), .handler = handler} {
    auto& threads = shared.options.threads;
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    shared.drained = [this] { crew.advance(server::Stage::ended); };
  }
  ~State() {
    for (const auto& listener : listeners.sockets) ::close(listener.socket);
  }

  void listen();
  bool lived(Task<void> part, const char* what);
  void serve();
  void work(const server::Listener& listener);
  void work_here(const server::Listener& listener);

  server::Shared shared;
  server::Listeners listeners;
  server::Crew crew;
};

void Server::State::listen() {
  auto& options = shared.options;
  options.connections_max = server::fit_connections(options.connections_max);
  if (!options.ssl_certfile.empty()) {
    auto tls = server::make_tls_context(options);
    server::log_certificate(*tls);
    crew.use_tls(std::move(tls));
  }
  listeners = options.sockets.empty() ? server::open_listeners(options.host, options.port,
                                                               options.threads, options.reuse_port)
                                      : server::adopt_listeners(options.sockets, options.threads);
}

void Server::State::work(const server::Listener& listener) {
  server::Worker worker(shared, listener);
  const server::Crew::Membership membership(crew, worker);
  base::Loop::current().run();
}

// The worker of the thread that called run(): it also hears signals.
void Server::State::work_here(const server::Listener& listener) {
  const server::LifeCycle life(crew, shared.options);
  // Who reads this line may stop it at once.
  base::log(base::Level::info, "serving",
            {{"host", shared.options.host},
             {"port", listeners.port},
             {"threads", shared.serving.load()},
             {"tls", !shared.options.ssl_certfile.empty()}});
  work(listener);
}

void Server::State::serve() {
  const auto sockets = listeners.sockets;
  listeners.sockets.clear();
  shared.serving = static_cast<unsigned>(sockets.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < sockets.size(); ++i) {
    threads.emplace_back([this, listener = sockets[i]] { work(listener); });
  }
  work_here(sockets.front());
  crew.advance(server::Stage::ended);
  for (auto& thread : threads) thread.join();
}

// Runs a part of the handler's life; false, after one line in the log, when it failed.
bool Server::State::lived(Task<void> part, const char* what) {
  try {
    plinth::run(std::move(part));
    return true;
  } catch (const std::exception& error) {
    base::log(base::Level::error, what, {{"error", error.what()}});
  } catch (...) {
    base::log(base::Level::error, what);
  }
  return false;
}

Server::Server(detail::Handler& handler, ServerOptions options)
    : state_(std::make_unique<State>(handler, std::move(options))) {}
Server::~Server() = default;

void Server::listen() {
  if (state_->listeners.sockets.empty()) state_->listen();
}

std::uint16_t Server::port() const { return state_->listeners.port; }

int Server::run() {
  try {
    listen();
  } catch (const std::exception& error) {
    base::log(base::Level::error, error.what());
    return 1;
  }
  auto& handler = state_->shared.handler;
  if (!state_->lived(handler.startup(), "the application does not start")) return 1;
  state_->serve();
  return state_->lived(handler.shutdown(), "the application did not shut down") ? 0 : 1;
}

void Server::stop() { state_->crew.advance(server::Stage::leaving); }

}  // namespace plinth

// The life of a server: listen, run a worker on each thread, stop gracefully.
#include "plinth/server.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "server/listener.hpp"
#include "server/worker.hpp"

namespace asio = boost::asio;

namespace plinth {

struct Server::State {
  State(detail::Handler& handler, ServerOptions options)
      : shared{.options = std::move(options), .handler = handler} {
    auto& threads = shared.options.threads;
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    shared.drained = [this] { end(); };
  }
  ~State() {
    for (const int socket : listeners.sockets) ::close(socket);
  }

  bool lived(Task<void> part, const char* what);
  void serve();
  void work(int listening_socket);
  void work_here(int listening_socket);
  void stop();
  void end();

  // A worker, as others reach it: through its loop's address, while it is in the list.
  struct Member {
    server::Worker* worker;
    base::Loop* loop;
    base::LoopAddress address;
  };
  class Membership;

  server::Shared shared;
  server::Listeners listeners;
  std::mutex mutex;
  std::vector<Member> members;
  bool stopping = false;
  bool ending = false;
};

class Server::State::Membership {
 public:
  Membership(State& state, server::Worker& worker) : state_(state), worker_(worker) {
    auto& loop = base::Loop::current();
    const std::lock_guard lock(state_.mutex);
    state_.members.push_back({&worker, &loop, loop.address()});
    if (state_.stopping) loop.post([&worker] { worker.stop(); });
    if (state_.ending) loop.stop();
  }
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership() {
    const std::lock_guard lock(state_.mutex);
    std::erase_if(state_.members, [&](const Member& member) { return member.worker == &worker_; });
  }

 private:
  State& state_;
  server::Worker& worker_;
};

void Server::State::stop() {
  const std::lock_guard lock(mutex);
  stopping = true;
  for (const auto& member : members) {
    member.address.post([worker = member.worker] { worker->stop(); });
  }
}

void Server::State::end() {
  const std::lock_guard lock(mutex);
  ending = true;
  for (const auto& member : members) {
    member.address.post([loop = member.loop] { loop->stop(); });
  }
}

void Server::State::work(int listening_socket) {
  server::Worker worker(shared, listening_socket, listeners.is_ipv6);
  const Membership membership(*this, worker);
  base::Loop::current().run();
}

// The worker of the thread that called run(): it also hears signals and watches the clock of the
// graceful stop.
void Server::State::work_here(int listening_socket) {
  auto& loop = base::Loop::current();
  asio::signal_set signals(loop.context(), SIGTERM, SIGINT);
  bool asked = false;
  std::function<void(const boost::system::error_code&, int)> heard;
  heard = [&](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (std::exchange(asked, true)) return end();
    base::log(base::Level::info, "stopping", {{"signal", signal}});
    stop();
    signals.async_wait(heard);
  };
  signals.async_wait(heard);
  // Who reads this line may stop it at once.
  base::log(base::Level::info, "serving",
            {{"host", shared.options.host},
             {"port", listeners.port},
             {"threads", shared.options.threads}});
  work(listening_socket);
  signals.cancel();
  loop.cancel_spawned();  // lets the cancelled waits go before what they refer to
}

void Server::State::serve() {
  const auto sockets = std::exchange(listeners.sockets, {});
  shared.serving = static_cast<unsigned>(sockets.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < sockets.size(); ++i) {
    threads.emplace_back([this, socket = sockets[i]] { work(socket); });
  }
  work_here(sockets.front());
  end();
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
  if (!state_->listeners.sockets.empty()) return;
  const auto& options = state_->shared.options;
  state_->listeners =
      server::open_listeners(options.host, options.port, options.threads, options.reuse_port);
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

void Server::stop() { state_->stop(); }

}  // namespace plinth

#include "base/loop_lag.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "base/loop.hpp"
#include "base/process_metrics.hpp"

namespace plinth::base {

namespace {

constexpr auto interval = std::chrono::milliseconds(250);

}  // namespace

// The timer's handler may come after the object has gone, so it holds this.
struct LoopLag::State {
  explicit State(std::string_view loop)
      : timer(Loop::current().context()), lag(process_metrics().loop_lag, loop) {}

  static void look_later(std::shared_ptr<State> state) {
    state->timer.expires_after(interval);
    state->timer.async_wait([state](const boost::system::error_code& error) {
      if (error || state->ended) return;
      const auto late = std::chrono::steady_clock::now() - state->timer.expiry();
      state->lag.observe(std::chrono::duration<double>(late).count());
      look_later(state);
    });
  }

  boost::asio::steady_timer timer;
  ProcessHistogram lag;
  bool ended = false;
};

LoopLag::LoopLag(std::string_view loop) : state_(std::make_shared<State>(loop)) {
  State::look_later(state_);
}

LoopLag::~LoopLag() {
  state_->ended = true;
  state_->timer.cancel();
}

}  // namespace plinth::base

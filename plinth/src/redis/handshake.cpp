#include "redis/handshake.hpp"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "redis/errors.hpp"

namespace plinth::redis {

namespace {

// Collects the replies to a few commands; the connection ends with it unless it is let go.
class Greeter final : public Connection::Owner {
 public:
  Greeter(std::shared_ptr<Connection> connection, std::int64_t limit_ms)
      : connection_(std::move(connection)),
        state_(std::make_shared<State>()),
        arrival_(state_),
        timer_(base::Loop::current().context(), std::chrono::milliseconds(limit_ms)) {
    connection_->set_owner(this);
    timer_.async_wait([state = state_](const boost::system::error_code& cancelled) {
      if (!cancelled) end(*state, "it does not answer");
    });
  }
  Greeter(const Greeter&) = delete;
  Greeter& operator=(const Greeter&) = delete;
  ~Greeter() override {
    if (connection_) connection_->close();
  }

  void received(Reply reply) override {
    replies_.push_back(std::move(reply));
    if (replies_.size() == awaited_) state_->arrive();
  }
  void lost(const std::string& why) override { end(*state_, why); }

  Task<std::vector<Reply>> ask(std::vector<Words> commands) {
    if (commands.empty()) co_return {};
    std::string bytes;
    for (const auto& words : commands) append_command(bytes, words);
    awaited_ = commands.size();
    connection_->send(bytes);
    connection_->flush();
    co_await arrival_;
    if (!state_->trouble.empty()) throw std::runtime_error(state_->trouble);
    co_return std::exchange(replies_, {});
  }

  std::shared_ptr<Connection> let_go() {
    connection_->set_owner(nullptr);
    return std::move(connection_);
  }

 private:
  // The timer's too, which may come when the Greeter has gone.
  struct State : base::Arrival::Slot {
    std::string trouble;
  };

  static void end(State& state, const std::string& why) {
    state.trouble = why;
    state.arrive();
  }

  std::shared_ptr<Connection> connection_;
  std::shared_ptr<State> state_;
  base::Arrival arrival_;
  boost::asio::steady_timer timer_;
  std::vector<Reply> replies_;
  std::size_t awaited_ = 0;
};

std::vector<Words> first_words(const Url& url, const std::string& name) {
  std::vector<Words> words;
  if (!url.user.empty()) {
    words.push_back({"AUTH", url.user, url.password});
  } else if (!url.password.empty()) {
    words.push_back({"AUTH", url.password});
  }
  if (url.database != 0) words.push_back({"SELECT", std::to_string(url.database)});
  words.push_back({"CLIENT", "SETNAME", name});
  words.push_back({"PING"});  // last: it tells whether Redis is loading, or a replica cut off
  return words;
}

void check(const std::vector<Words>& words, const std::vector<Reply>& replies) {
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const auto& reply = replies[i];
    const auto& verb = words[i].front();
    if (!reply.is_error() || verb == "CLIENT") continue;  // a name is of no importance
    const auto prefix = error_prefix(reply.text);
    if (verb == "AUTH") {
      throw std::runtime_error("REDIS_URL: the user or the password is refused: " + reply.text);
    }
    if (prefix == "NOAUTH") {
      throw std::runtime_error("REDIS_URL: Redis wants a password: " + reply.text);
    }
    throw std::runtime_error(reply.text);
  }
}

Task<Ready> greet(const Url& url, const HandshakeOptions& options) {
  const auto until = base::monotonic_ms() + options.limit_ms;
  auto stream = co_await open_stream(url, options.limit_ms, options.turn);
  const auto left = std::max<std::int64_t>(1, until - base::monotonic_ms());
  Greeter greeter(std::make_shared<Connection>(std::move(stream), options.reply_bytes_limit), left);
  const auto words = first_words(url, options.name);
  check(words, co_await greeter.ask(words));
  auto greeted = co_await greeter.ask(options.greeting);
  co_return Ready{greeter.let_go(), std::move(greeted)};
}

}  // namespace

Task<Ready> open_connection(Url url, HandshakeOptions options) {
  std::string why;
  try {
    co_return co_await greet(url, options);
  } catch (const Unavailable&) {
    throw;
  } catch (const std::exception& failure) {
    why = failure.what();
  }
  throw Unavailable("Redis cannot be used at " + url.shown() + ": " + why);
}

}  // namespace plinth::redis

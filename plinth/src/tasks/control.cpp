#include "tasks/control.hpp"

#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "tasks/control_client.hpp"
#include "tasks/control_commands.hpp"

namespace plinth::tasks {

namespace {

constexpr std::size_t errands_max = 1'000;  // answers on their way; further requests get none
constexpr std::int64_t hello_ms_max = 1'000;
constexpr const char* answer_seconds = "60";  // then whoever asked has long gone

// Of kombu's binding "<routing key>\x06\x16<pattern>\x06\x16<queue>": the queue, when the key is
// right.
std::string queue_of_binding(std::string_view binding, std::string_view routing_key) {
  const auto first = binding.find(binding_separator);
  const auto last = binding.rfind(binding_separator);
  if (first == binding.npos || binding.substr(0, first) != routing_key) return {};
  return std::string(binding.substr(last + binding_separator.size()));
}

bool is_over(const ControlRequest& request) {
  return request.expires != 0 && request.expires < base::seconds_of(base::clock_microseconds());
}

}  // namespace

Control::Control(Worker& worker, Events& events)
    : worker_(worker),
      events_(events),
      url_(redis::parse_url(worker.celery().options.broker_url.value())) {
  subscriber_ = std::make_unique<redis::Subscriber>(
      url_, [this](redis::Message& message) { receive(message); },
      [this] {
        // Revocations that were published meanwhile were missed.
        if (mingled_) spawn(say_hello());
      });
  subscriber_->subscribe(channel_prefix(url_) + "celery.pidbox");
}

Control::~Control() = default;

Task<void> Control::mingle() {
  try {
    co_await subscriber_->ready();
  } catch (const redis::Unavailable&) {
  }
  co_await say_hello();
  mingled_ = true;
}

Task<void> Control::say_hello() {
  ControlRequest request{.method = "hello",
                         .arguments = Json::object({{"from_node", worker_.hostname()},
                                                    {"revoked", revoked_as_json(worker_)}}),
                         .clock = events_.clock().forward()};
  Json answers;
  try {
    answers = co_await ask(url_, std::move(request), {.timeout_ms = hello_ms_max, .all = true});
  } catch (const std::exception&) {
    co_return;  // Redis is away; the worker says so
  }
  std::int64_t nodes = 0;
  for (const auto& [node, answer] : answers.members()) {
    if (node == worker_.hostname() || !answer.is_object()) continue;
    ++nodes;
    if (const auto* clock = answer.find("clock"); clock && clock->kind() == Json::Kind::integer) {
      events_.clock().adjust(clock->integer());
    }
    if (const auto* revoked = answer.find("revoked")) revoke_as_told(worker_, *revoked);
  }
  if (nodes > 0) base::log(base::Level::info, "mingle: sync with nodes", {{"count", nodes}});
}

void Control::receive(const redis::Message& message) {
  const auto request = decode_request(message.payload.text);
  if (!request) {
    base::log(base::Level::warning, "a message for remote control cannot be read");
    return;
  }
  events_.clock().adjust(request->clock);
  if (is_over(*request) || !request->is_for(worker_.hostname())) return;
  auto answered = answer(worker_, events_, *request);
  if (!answered || request->reply_key.empty() || errands_.size() >= errands_max) return;
  spawn(reply(*request, std::move(*answered)));
}

void Control::spawn(Task<void> errand) {
  std::erase_if(errands_, [](const Task<void>& one) { return one.done(); });
  errand.start();
  if (!errand.done()) errands_.push_back(std::move(errand));
}

// To the queue that whoever asked has bound to the routing key; without one nobody waits any more.
Task<void> Control::reply(ControlRequest request, Json answer) {
  auto& client = events_.client();
  try {
    const auto bindings =
        co_await client.command({"SMEMBERS", "_kombu.binding." + request.reply_exchange});
    const auto text = encode_reply(request, worker_.hostname(), answer, events_.clock().forward());
    for (const auto& binding : bindings.items) {
      const auto queue = queue_of_binding(binding.text, request.reply_key);
      if (queue.empty()) continue;
      std::vector<redis::Words> commands = {{"LPUSH", queue, text},
                                            {"EXPIRE", queue, answer_seconds}};
      co_await client.pipeline(std::move(commands));
    }
  } catch (const std::exception& error) {
    base::log(base::Level::warning, "remote control is not answered",
              {{"method", request.method}, {"error", error.what()}});
  }
}

}  // namespace plinth::tasks

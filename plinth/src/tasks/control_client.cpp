#include "tasks/control_client.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/clock.hpp"
#include "plinth/values.hpp"
#include "redis/client.hpp"
#include "tasks/celery.hpp"
#include "tasks/event_text.hpp"

namespace plinth::tasks {

namespace {

constexpr std::string_view reply_exchange = "reply.celery.pidbox";
constexpr std::string_view bindings = "_kombu.binding.reply.celery.pidbox";

redis::Words publication(const std::string& channel_prefix, const ControlRequest& request) {
  return {"PUBLISH", channel_prefix + "celery.pidbox", encode(request)};
}

// Where answers come in: a list of our own, bound to the exchange as kombu binds it.
struct Mailbox {
  std::string queue;
  std::string binding;

  explicit Mailbox(const std::string& key)
      : queue(key + "." + std::string(reply_exchange)), binding(key) {
    binding += binding_separator;
    binding += binding_separator;
    binding += queue;
  }
  redis::Words bind() const { return {"SADD", std::string(bindings), binding}; }
  std::vector<redis::Words> unbind() const {
    return {{"SREM", std::string(bindings), binding}, {"DEL", queue}};
  }
};

void take(Json& answers, const std::string& text, const std::string& ticket) {
  const auto reply = decode_reply(text);
  if (!reply || reply->ticket != ticket) return;
  for (const auto& [node, answer] : reply->answers.members()) answers[node] = answer;
}

Task<Json> collect(redis::Client& client, const Mailbox& mailbox, std::string ticket,
                   std::size_t wanted, std::int64_t until_ms) {
  Json answers = Json::object({});
  while (answers.size() < wanted) {
    const auto left_ms = until_ms - base::monotonic_ms();
    if (left_ms <= 0) break;
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.3f", static_cast<double>(left_ms) / 1000);
    const auto popped = co_await client.command({"BRPOP", mailbox.queue, seconds});
    if (popped.items.size() == 2) take(answers, popped.items[1].text, ticket);
  }
  co_return answers;
}

}  // namespace

Task<Json> ask(redis::Url url, ControlRequest request, AskOptions options) {
  constexpr std::int64_t slack_ms = 2'000;  // of a connection that blocks that long on purpose
  redis::Client client(url, {.command_limit_ms = options.timeout_ms + slack_ms});
  request.ticket = Uuid::random().str();
  request.reply_exchange = reply_exchange;
  request.reply_key = Uuid::random().str();
  request.expires =
      base::seconds_of(base::clock_microseconds()) + static_cast<double>(options.timeout_ms) / 1e3;
  const Mailbox mailbox(request.reply_key);
  std::vector<redis::Words> commands = {mailbox.bind(), publication(channel_prefix(url), request)};
  const auto sent = co_await client.pipeline(std::move(commands));
  auto wanted = options.limit == 0 ? std::string::npos : options.limit;
  if (options.all) {
    wanted = std::min(wanted, static_cast<std::size_t>(redis::checked(sent.back()).integer));
  }
  auto answers = co_await collect(client, mailbox, request.ticket, wanted,
                                  base::monotonic_ms() + options.timeout_ms);
  co_await client.pipeline(mailbox.unbind());
  co_return answers;
}

Task<Json> inspect(Celery::Impl& celery, std::string method, Json arguments,
                   std::vector<std::string> destination, AskOptions options) {
  if (!celery.options.broker_url) co_return Json::object({});
  ControlRequest request{.method = std::move(method),
                         .arguments = std::move(arguments),
                         .destination = std::move(destination)};
  co_return co_await ask(redis::parse_url(*celery.options.broker_url), std::move(request), options);
}

Task<void> broadcast(Celery::Impl& celery, std::string method, Json arguments,
                     std::vector<std::string> destination) {
  if (!celery.clients) co_return;
  ControlRequest request{.method = std::move(method),
                         .arguments = std::move(arguments),
                         .destination = std::move(destination)};
  co_await celery.clients->local().command(publication(celery.channel_prefix, request));
}

}  // namespace plinth::tasks

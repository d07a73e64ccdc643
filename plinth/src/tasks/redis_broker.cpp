#include "tasks/redis_broker.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "plinth/values.hpp"
#include "tasks/python_text.hpp"
#include "tasks/redis_held.hpp"
#include "tasks/redis_keys.hpp"
#include "tasks/redis_scripts.hpp"

namespace plinth::tasks {

namespace {

using redis::Words;

constexpr std::size_t take_max = 500;     // Lua's unpack has a limit of 8000
constexpr std::size_t finish_max = 100;   // messages a script: others have their turn
constexpr std::size_t restore_max = 100;  // the same
constexpr std::int64_t restore_again_ms = 1000;

// Shortest form that reads back as the same shortest_text.
std::string shortest_text(double value) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

std::string seconds(std::int64_t milliseconds) {
  return shortest_text(static_cast<double>(milliseconds) / 1000);
}

redis::ClientOptions client_options(const RedisBrokerOptions& options) {
  return {.connect_limit_ms = std::max<std::int64_t>(
              1, static_cast<std::int64_t>(options.connection_timeout * 1000))};
}

std::string list_for(const Outgoing& message) {
  return redis_keys::list(message.queue, redis_keys::step_of(message.priority));
}

// Five arguments, see push in redis_scripts.cpp.
void append_push(Words& arguments, Outgoing& message) {
  arguments.push_back(list_for(message));
  arguments.push_back(std::move(message.text));
  const bool once = !message.idempotency_key.empty();
  arguments.push_back(once ? redis_keys::once(message.idempotency_key) : "");
  arguments.push_back(std::move(message.id));
  arguments.push_back(std::to_string(std::max<std::int64_t>(1, message.idempotency_seconds)));
}

std::string dead_head(const std::string& tag, const std::string& reason) {
  std::string head = R"({"at": )" + std::to_string(base::clock_microseconds());
  head += R"(, "tag": )";
  append_python_string(head, tag);
  head += R"(, "reason": )";
  append_python_string(head, reason);
  return head + "}";
}

}  // namespace

RedisBroker::RedisBroker(const redis::Url& url, const redis::Url& backend_url,
                         RedisBrokerOptions options)
    : url_(url),
      backend_url_(backend_url),
      options_(options),
      clients_(std::make_shared<redis::Clients>(url, client_options(options))),
      announced_([] { return std::make_shared<Announced>(); }),
      consumers_([url, made_with = client_options(options)] {
        return std::make_shared<RedisConsumer>(url, made_with);
      }),
      backend_(backend_url == url
                   ? clients_
                   : std::make_shared<redis::Clients>(backend_url, client_options(options)),
               backend_url),
      tag_prefix_(Uuid::random().str()) {}

// Then a script reaches both databases.
bool RedisBroker::shares_server() const {
  auto same = backend_url_;
  same.database = url_.database;
  return same == url_;
}

// ---- Publishing.

// Only Python's workers ask for it, and only for messages that name an exchange.
void RedisBroker::announce(redis::Client& client, const std::string& queue) {
  auto& announced = announced_.local();
  if (std::exchange(announced.connection, client.connections()) != client.connections()) {
    announced.queues.clear();
  }
  if (!announced.queues.insert(queue).second) return;
  client.post({"SADD", redis_keys::bindings(queue), redis_keys::binding_of(queue)});
}

Task<std::vector<std::string>> RedisBroker::publish(std::vector<Outgoing> messages) {
  if (messages.empty()) co_return {};
  auto& client = clients_->local();
  bool is_plain = options_.queue_max_length == 0;
  const auto list = list_for(messages.front());
  for (const auto& message : messages) {
    announce(client, message.queue);
    is_plain = is_plain && message.idempotency_key.empty() && list_for(message) == list;
  }
  if (!is_plain) co_return co_await publish_in_one_step(std::move(messages));
  Words words{"LPUSH", list};
  std::vector<std::string> ids;
  for (auto& message : messages) {
    words.push_back(std::move(message.text));
    ids.push_back(std::move(message.id));
  }
  co_await client.command(std::move(words));
  co_return ids;
}

Task<std::vector<std::string>> RedisBroker::publish_in_one_step(std::vector<Outgoing> messages) {
  std::map<std::string, std::size_t> counts;
  for (const auto& message : messages) ++counts[message.queue];
  if (options_.queue_max_length == 0) counts.clear();
  Words arguments{std::to_string(options_.queue_max_length), std::to_string(counts.size())};
  for (const auto& [queue, count] : counts) {
    arguments.push_back(queue);
    for (const int step : redis_keys::priority_steps) {
      arguments.push_back(redis_keys::list(queue, step));
    }
    arguments.push_back(std::to_string(count));
  }
  arguments.push_back(std::to_string(messages.size()));
  for (auto& message : messages) append_push(arguments, message);
  std::string full;
  try {
    const auto reply =
        co_await clients_->local().eval(redis_scripts::publish(), {}, std::move(arguments));
    std::vector<std::string> ids;
    for (const auto& item : reply.items) ids.push_back(item.text);
    co_return ids;
  } catch (const redis::CommandError& error) {
    if (error.prefix() != "QUEUEFULL") throw;
    full = error.what();
  }
  throw redis::Unavailable("the queue \"" + full.substr(full.find(' ') + 1) + "\" has " +
                           std::to_string(options_.queue_max_length) +
                           " messages already (task_queue_max_length)");
}

// ---- Taking and holding.

Task<std::vector<Delivery>> RedisBroker::take(std::vector<std::string> queues, std::size_t limit,
                                              std::int64_t lease_ms) {
  auto& consumer = consumers_.local();
  consumer.look();
  if (queues.empty() || limit == 0) co_return {};
  // Each queue comes first in its turn, as kombu's round_robin.
  const auto take = takes_.fetch_add(1, std::memory_order_relaxed);
  const auto turn = static_cast<std::ptrdiff_t>(take % queues.size());
  std::rotate(queues.begin(), queues.begin() + turn, queues.end());
  const auto prefix = tag_prefix_ + "." + std::to_string(take) + ".";
  Words lists;
  Words arguments{std::to_string(std::min(limit, take_max)), seconds(lease_ms),
                  shortest_text(options_.visibility_timeout), prefix};
  std::vector<std::string> closings;
  for (const auto& queue : queues) closings.push_back(held_closing(queue));
  for (const int step : redis_keys::priority_steps) {
    for (std::size_t i = 0; i < queues.size(); ++i) {
      lists.push_back(redis_keys::list(queues[i], step));
      arguments.push_back(closings[i]);
    }
  }
  auto reply = co_await consumer.client().eval(redis_scripts::take(), std::move(lists),
                                               std::move(arguments));
  std::vector<Delivery> deliveries;
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    const auto list = static_cast<std::size_t>(reply.items[i].integer - 1);
    Delivery delivery{.tag = prefix + std::to_string(i / 2 + 1),
                      .queue = queues[list % queues.size()],
                      .text = std::move(reply.items[i + 1].text)};
    delivery.deliveries = static_cast<int>(deliveries_of(delivery.text)) + 1;
    deliveries.push_back(std::move(delivery));
  }
  co_return deliveries;
}

Task<void> RedisBroker::wait(std::vector<std::string> queues, std::int64_t milliseconds) {
  return consumers_.local().wait(std::move(queues), milliseconds);
}

Task<void> RedisBroker::renew(std::vector<std::string> tags, std::int64_t lease_ms) {
  if (tags.empty()) co_return;
  Words arguments{seconds(lease_ms), shortest_text(options_.visibility_timeout)};
  for (auto& tag : tags) arguments.push_back(std::move(tag));
  co_await consumers_.local().client().eval(redis_scripts::renew(), {}, std::move(arguments));
}

Task<void> RedisBroker::defer(std::string tag, std::int64_t eta_us) {
  const auto score = static_cast<double>(eta_us) / 1e6 - options_.visibility_timeout;
  co_await consumers_.local().client().eval(redis_scripts::defer(), {},
                                            {std::move(tag), shortest_text(score)});
}

Task<void> RedisBroker::ack(std::vector<std::string> tags) {
  if (tags.empty()) co_return;
  Words index{"ZREM", redis_keys::unacked_index};
  Words held{"HDEL", redis_keys::unacked};
  for (auto& tag : tags) {
    index.push_back(tag);
    held.push_back(std::move(tag));
  }
  std::vector<Words> commands;
  commands.push_back(std::move(index));
  commands.push_back(std::move(held));
  for (auto& reply : co_await consumers_.local().client().pipeline(std::move(commands),
                                                                   redis::Together::atomic)) {
    redis::checked(std::move(reply));
  }
}

// ---- Finishing.

void RedisBroker::append_finished(Words& arguments, Finished& message) {
  arguments.push_back(message.tag);
  arguments.push_back(message.dead_reason.empty() ? ""
                                                  : dead_head(message.tag, message.dead_reason));
  const bool has_result = message.result.has_value();
  arguments.push_back(has_result ? redis_keys::result(message.result->id) : "");
  arguments.push_back(has_result ? std::move(message.result->meta) : "");
  arguments.push_back(has_result ? std::to_string(message.result->expires_seconds) : "0");
  arguments.push_back(message.chord.empty() ? "" : redis_keys::group(message.chord));
  arguments.push_back(std::to_string(message.follow_ups.size()));
  for (auto& next : message.follow_ups) {
    announce(clients_->local(), next.queue);
    append_push(arguments, next);
  }
}

Task<void> RedisBroker::finish(std::vector<Finished> messages) {
  if (!shares_server()) co_return co_await finish_apart(std::move(messages));
  for (std::size_t begin = 0; begin < messages.size(); begin += finish_max) {
    const auto count = std::min(finish_max, messages.size() - begin);
    Words arguments{std::to_string(url_.database), std::to_string(backend_url_.database),
                    std::to_string(count)};
    for (std::size_t i = begin; i < begin + count; ++i) append_finished(arguments, messages[i]);
    co_await consumers_.local().client().eval(redis_scripts::finish(), {}, std::move(arguments));
  }
}

// Results on another server cannot be part of the step. Each is there before its task counts as
// done, and the parts of a chord are dropped after its body was sent: a kill in between repeats
// rather than loses.
Task<void> RedisBroker::finish_apart(std::vector<Finished> messages) {
  for (auto& message : messages) {
    if (message.result) co_await backend_.store(*std::exchange(message.result, std::nullopt));
    const auto chord = std::exchange(message.chord, {});
    Words arguments{"0", "0", "1"};
    append_finished(arguments, message);
    co_await consumers_.local().client().eval(redis_scripts::finish(), {}, std::move(arguments));
    if (!chord.empty()) co_await backend_.drop_chord(chord);
  }
}

// ---- Bringing back.

Task<std::vector<RedisBroker::Held>> RedisBroker::look_at(std::vector<std::string> tags) {
  auto reply = co_await consumers_.local().client().eval(redis_scripts::held(), {}, Words(tags));
  std::vector<Held> messages;
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    auto& score = reply.items[i];
    auto& value = reply.items[i + 1];
    if (score.is_nil() || value.is_nil()) continue;
    messages.push_back({std::move(tags[i / 2]), std::move(score.text), std::move(value.text)});
  }
  co_return messages;
}

// Of a message that a Python worker held, perhaps the exchange's bindings tell. A pattern is left
// to Python's workers, who restore it as well.
Task<std::string> RedisBroker::list_of(std::string exchange, std::string routing_key,
                                       std::int64_t priority) {
  const int step = redis_keys::step_of(priority);
  if (exchange.empty()) co_return redis_keys::list(routing_key, step);
  const auto bindings =
      co_await consumers_.local().client().command({"SMEMBERS", redis_keys::bindings(exchange)});
  const auto wanted = routing_key + std::string(redis_keys::separator);
  for (const auto& binding : bindings.items) {
    if (!binding.text.starts_with(wanted)) continue;
    const auto queue = binding.text.substr(binding.text.rfind(redis_keys::separator) +
                                           redis_keys::separator.size());
    if (!queue.empty()) co_return redis_keys::list(queue, step);
  }
  co_return "";
}

Task<std::int64_t> RedisBroker::move_back(std::vector<Held> messages, bool counted) {
  Words arguments;
  std::vector<Finished> unreadable;
  // The last that is pushed to the right is the foremost.
  std::reverse(messages.begin(), messages.end());
  for (auto& message : messages) {
    const auto held = read_held(message.value);
    if (!held) {
      unreadable.push_back({.tag = message.tag, .dead_reason = "not held as kombu holds messages"});
      continue;
    }
    auto list = co_await list_of(held->exchange, held->routing_key, priority_of(held->text));
    if (list.empty()) continue;
    auto text = counted && !held->deferred ? redelivered(held->text, deliveries_of(held->text) + 1)
                                           : std::string(held->text);
    arguments.insert(arguments.end(), {std::move(message.tag), std::move(message.score),
                                       std::move(list), std::move(text)});
  }
  if (!unreadable.empty()) co_await finish(std::move(unreadable));
  if (arguments.empty()) co_return 0;
  const auto moved =
      co_await consumers_.local().client().eval(redis_scripts::move(), {}, std::move(arguments));
  co_return moved.integer;
}

Task<void> RedisBroker::give_back(std::vector<std::string> tags) {
  if (tags.empty()) co_return;
  co_await move_back(co_await look_at(std::move(tags)), false);
}

Task<std::int64_t> RedisBroker::restore() {
  auto reply = co_await consumers_.local().client().eval(
      redis_scripts::expired(), {},
      {shortest_text(options_.visibility_timeout), std::to_string(restore_max)});
  if (reply.items.empty()) co_return restore_again_ms;
  auto again_ms = reply.items[0].integer;
  std::vector<Held> messages;
  Words gone;
  for (std::size_t i = 1; i + 2 < reply.items.size(); i += 3) {
    auto& value = reply.items[i + 2];
    if (value.is_nil()) {  // Python's worker died between its two steps
      gone.insert(gone.end(), {reply.items[i].text, reply.items[i + 1].text, "", ""});
      continue;
    }
    messages.push_back({std::move(reply.items[i].text), std::move(reply.items[i + 1].text),
                        std::move(value.text)});
  }
  if (!gone.empty()) {
    co_await consumers_.local().client().eval(redis_scripts::move(), {}, std::move(gone));
  }
  const auto moved = messages.empty() ? 0 : co_await move_back(std::move(messages), true);
  // What is left to others must not be looked at in a hot loop.
  if (again_ms == 0 && moved == 0) again_ms = restore_again_ms;
  co_return std::clamp<std::int64_t>(again_ms, 0, restore_again_ms);
}

std::unique_ptr<Broker> make_redis_broker(const std::string& broker_url,
                                          const std::string& backend_url,
                                          RedisBrokerOptions options) {
  return std::make_unique<RedisBroker>(redis::parse_url(broker_url), redis::parse_url(backend_url),
                                       options);
}

}  // namespace plinth::tasks

// A broker in a Redis of its own, and messages for it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plinth/task.hpp"
#include "support/redis.hpp"
#include "tasks/message.hpp"
#include "tasks/redis_broker.hpp"

namespace redis_broker_test {

using namespace plinth;
using namespace plinth::tasks;
using support::RedisServer;

using Names = std::vector<std::string>;

inline constexpr std::int64_t long_ms = 60'000;

inline std::string text_of(const std::string& id, const std::string& queue = "default") {
  return encode(Message{.task = "add", .id = id, .queue = queue, .delivery_tag = "tag-" + id});
}

inline Outgoing outgoing(const std::string& id, const std::string& queue = "default",
                         int priority = 0) {
  auto text = encode(Message{
      .task = "add", .id = id, .queue = queue, .priority = priority, .delivery_tag = "tag-" + id});
  return {.id = id, .queue = queue, .priority = priority, .text = std::move(text)};
}

inline StoredResult result_of(const std::string& id, const std::string& status = "SUCCESS") {
  return {.id = id,
          .meta = R"({"status": ")" + status + R"(", "result": 1, "task_id": ")" + id + "\"}"};
}

inline std::string id_of(const Delivery& delivery) {
  return std::get<Message>(decode(delivery.text)).id;
}

inline std::string ids_of(const std::vector<Delivery>& deliveries) {
  std::string ids;
  for (const auto& delivery : deliveries) ids += (ids.empty() ? "" : " ") + id_of(delivery);
  return ids;
}

struct Setup {
  explicit Setup(RedisBrokerOptions options = {}, RedisServer::Options server_options = {})
      : server(std::move(server_options)),
        broker(redis::parse_url(server.url()), redis::parse_url(server.url()), options) {}

  std::string ask(const Names& words) const {
    auto answer = server.ask(words);
    if (answer.ends_with('\n')) answer.pop_back();
    return answer;
  }
  bool is_empty() const { return ask({"EXISTS", "unacked", "unacked_index", "default"}) == "0"; }
  Task<std::vector<Delivery>> take(std::size_t limit = 10, std::int64_t lease_ms = long_ms) {
    return broker.take({"default"}, limit, lease_ms);
  }
  // Until a lease of a millisecond has ended and its message is back.
  Task<void> restore_all() {
    while (ask({"EXISTS", "unacked"}) == "1") co_await broker.restore();
  }

  RedisServer server;
  RedisBroker broker;
};

template <class Scenario>
void play(Setup& setup, Scenario scenario) {
  run(scenario(setup));
}

}  // namespace redis_broker_test

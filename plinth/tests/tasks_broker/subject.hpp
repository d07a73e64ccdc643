// A broker under test, whatever keeps its messages.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "plinth/task.hpp"
#include "tasks/broker.hpp"

namespace subject {

using namespace plinth;
using namespace plinth::tasks;

/// What a scenario may do beside using the broker. It begins with empty queues.
struct Subject {
  Broker& broker;
  std::function<void(std::int64_t milliseconds)> pass;  // time goes by
};

/// What must be so of every broker.
struct Scenario {
  const char* name;
  void (*run)(Subject&);
};

inline constexpr std::int64_t lease_ms = 30'000;

/// A message of the task "add", as Celery writes it.
inline std::string text_of(const std::string& id) {
  return R"({"body": "W1tdLCB7fSwge31d", "content-encoding": "utf-8", )"
         R"("content-type": "application/json", "headers": {"lang": "cpp", "task": "add", "id": ")" +
         id +
         R"("}, "properties": {"delivery_info": {"exchange": "", "routing_key": "default"}, )"
         R"("body_encoding": "base64", "delivery_tag": "tag-of-)" +
         id + R"("}})";
}

inline Outgoing outgoing(const std::string& id, const std::string& queue = "default",
                         int priority = 0) {
  return {.id = id, .queue = queue, .priority = priority, .text = text_of(id)};
}

using Ids = std::vector<std::string>;

/// The ids in the texts of deliveries.
inline Ids ids_of(const std::vector<Delivery>& deliveries) {
  Ids ids;
  for (const auto& one : deliveries) {
    const auto begin = one.text.find(R"("id": ")") + 7;
    ids.push_back(one.text.substr(begin, one.text.find('"', begin) - begin));
  }
  return ids;
}

inline Ids publish(Broker& broker, std::vector<Outgoing> messages) {
  return run(broker.publish(std::move(messages)));
}
inline std::vector<Delivery> take(Broker& broker, Ids queues = {"default"},
                                  std::size_t limit = 100) {
  return run(broker.take(std::move(queues), limit, lease_ms));
}
/// As a worker does it now and then: what is due is in its queue again.
inline void restore(Broker& broker) { run(broker.restore()); }

/// The meta of a result; "" when there is none.
inline std::string meta(Broker& broker, const std::string& id) {
  return run(broker.results().meta(id)).value_or("");
}

inline const std::string success = R"({"status": "SUCCESS", "result": 3, "traceback": null})";
inline const std::string failure = R"({"status": "FAILURE", "result": null, "traceback": "no"})";

}  // namespace subject

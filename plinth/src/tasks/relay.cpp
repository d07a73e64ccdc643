#include "tasks/relay.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace plinth::tasks {

namespace {

constexpr std::size_t batch_size = 100;
constexpr std::int64_t lease_ms = 10'000;  // so long the queues of a killed relay wait
constexpr std::int64_t first_pause_ms = 50;
constexpr std::int64_t pause_ms_max = 2000;
constexpr std::int64_t wait_ms = 1000;
constexpr std::int64_t sweep_ms = 60'000;

struct Batches {
  std::vector<std::string> tags;
  std::vector<Outgoing> messages;
};

Batches split(std::vector<Outbound> taken) {
  Batches split;
  for (auto& one : taken) {
    split.tags.push_back(std::move(one.tag));
    split.messages.push_back(std::move(one.message));
  }
  return split;
}

// How many were moved.
Task<std::size_t> move_some(DatabaseBroker& from, Broker& to) {
  auto batch = split(co_await from.take_outbox(batch_size, lease_ms));
  if (batch.tags.empty()) co_return 0;
  std::exception_ptr refused;
  try {
    co_await to.publish(std::move(batch.messages));
  } catch (const std::exception&) {
    refused = std::current_exception();
  }
  if (refused) {
    co_await from.give_back(std::move(batch.tags));
    std::rethrow_exception(std::move(refused));
  }
  co_await from.ack(batch.tags);
  co_return batch.tags.size();
}

}  // namespace

Task<void> relay(DatabaseBroker& from, Broker& to) {
  std::int64_t pause_ms = 0;
  std::int64_t next_sweep_ms = base::monotonic_ms() + sweep_ms;
  while (true) {
    std::size_t moved = 0;
    bool failed = false;
    try {
      moved = co_await move_some(from, to);
      if (base::monotonic_ms() >= next_sweep_ms) {
        next_sweep_ms = base::monotonic_ms() + sweep_ms;
        co_await from.sweep();
      }
    } catch (const std::exception& error) {
      failed = true;
      if (pause_ms == 0) {
        base::log(base::Level::error, "the outbox cannot be relayed; trying on",
                  {{"error", error.what()}});
      }
    }
    if (failed) {
      pause_ms = std::clamp(2 * pause_ms, first_pause_ms, pause_ms_max);
      co_await sleep_for(pause_ms);
      continue;
    }
    if (std::exchange(pause_ms, 0) > 0) {
      base::log(base::Level::info, "the outbox is relayed again");
    }
    if (moved == 0) co_await from.wait_outbox(wait_ms);
  }
}

}  // namespace plinth::tasks

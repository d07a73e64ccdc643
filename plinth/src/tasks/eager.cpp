#include "tasks/eager.hpp"

#include <deque>
#include <stdexcept>
#include <utility>

#include "tasks/run.hpp"
#include "tasks/settle.hpp"

namespace plinth::tasks {

Task<void> run_eagerly(Celery::Impl& celery, const Composed& composed) {
  auto& results = celery.broker->results();
  for (const auto& [group, size] : composed.chords) co_await results.set_chord_size(group, size);

  const PlannedTasks tasks(celery);
  const RunInfo info{.hostname = host_name(), .is_eager = true};
  std::deque<Outgoing> queue(composed.messages.begin(), composed.messages.end());
  while (!queue.empty()) {
    const auto decoded = decode(queue.front().text);
    queue.pop_front();
    const auto* message = std::get_if<Message>(&decoded);
    if (!message) throw std::logic_error(std::get<Malformed>(decoded).reason);
    const auto outcome = co_await run_task(celery, tasks, *message, info);
    auto finished = co_await settle(celery, {}, *message, outcome);
    if (finished.result) co_await results.store(std::move(*finished.result));
    for (auto& next : finished.follow_ups) queue.push_back(std::move(next));
  }
}

}  // namespace plinth::tasks

#include "tasks/sent_event.hpp"

#include "redis/client.hpp"
#include "tasks/event_text.hpp"

namespace plinth::tasks {

void tell_sent(Celery::Impl& celery, const std::vector<Outgoing>& messages) {
  if (!celery.options.task_send_sent_event || !celery.clients) return;
  auto& client = celery.clients->local();
  for (const auto& outgoing : messages) {
    const auto decoded = decode(outgoing.text);
    const auto* message = std::get_if<Message>(&decoded);
    if (message == nullptr) continue;
    auto event = EventText(celery.origin, ++celery.clock)
                     .text("uuid", message->id)
                     .text_or_null("root_id", message->root_id)
                     .text_or_null("parent_id", message->parent_id)
                     .text("name", message->task)
                     .arguments(*message)
                     .integer("retries", message->retries)
                     .time_or_null("eta", message->eta)
                     .time_or_null("expires", message->expires)
                     .text("queue", outgoing.queue)
                     .text("exchange", message->exchange)
                     .text("routing_key", message->queue)
                     .end("task-sent");
    client.post(
        event_publication(celery.channel_prefix, celery.origin, "task.sent", std::move(event)));
  }
}

}  // namespace plinth::tasks

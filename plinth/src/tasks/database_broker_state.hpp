// The embedded broker, over three files: database_broker.cpp what publishers and workers do,
// database_finish.cpp how messages end, database_look.cpp what `app tasks` shows.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/notifier.hpp"
#include "tasks/database_backend.hpp"
#include "tasks/database_batch.hpp"
#include "tasks/database_broker.hpp"

namespace plinth::tasks {

class DatabaseBrokerState final : public DatabaseBroker {
 public:
  DatabaseBrokerState(Engine& engine, DatabaseBrokerOptions options)
      : engine_(engine),
        options_(options),
        results_(make_database_backend(engine, options.poll_ms)) {}

  Task<std::vector<std::string>> publish(std::vector<Outgoing> messages) override;
  ResultBackend& results() override { return *results_; }

  Task<std::vector<Delivery>> take(std::vector<std::string> queues, std::size_t limit,
                                   std::int64_t lease_ms) override;
  Task<void> wait(std::vector<std::string> queues, std::int64_t milliseconds) override;
  Task<void> renew(std::vector<std::string> tags, std::int64_t lease_ms) override;
  Task<void> defer(std::string tag, std::int64_t eta_us) override;
  Task<void> give_back(std::vector<std::string> tags) override;
  Task<void> finish(std::vector<Finished> messages) override;
  Task<void> ack(std::vector<std::string> tags) override;
  Task<std::int64_t> restore() override;
  Task<std::vector<Outbound>> take_outbox(std::size_t limit, std::int64_t lease_ms) override;
  Task<void> wait_outbox(std::int64_t milliseconds) override;
  Task<void> sweep() override;

  Task<Backlog> backlog(std::vector<std::string> queues) override;
  Task<std::vector<QueueLength>> lengths(std::vector<std::string> queues) override;
  Task<std::vector<Waiting>> list(std::vector<std::string> queues, std::size_t limit) override;
  Task<bool> remove(std::string id) override;
  Task<std::uint64_t> purge(std::vector<std::string> queues) override;
  Task<std::vector<DeadLetter>> dead_letters(std::size_t limit) override;
  Task<bool> revive(std::string id) override;
  Task<std::uint64_t> purge_dead_letters() override;

 private:
  Task<std::vector<std::string>> publish_all(std::vector<Outgoing> messages);
  Task<std::vector<std::string>> queues_with_messages();
  void listen(const std::vector<std::string>& queues);
  Task<void> release(std::vector<std::string> tags, std::int64_t due_us);
  void tell(const std::vector<std::string>& queues);

  Engine& engine_;
  const DatabaseBrokerOptions options_;
  std::unique_ptr<ResultBackend> results_;
  std::optional<db::Listener> listener_;         // of who takes
  std::optional<db::Listener> outbox_listener_;  // of who relays
  std::int64_t next_sweep_ms_ = 0;
};

/// The numbers of the rows that these tags are of.
std::vector<std::int64_t> numbers_of(const std::vector<std::string>& tags);
/// A condition: the row is held by one of these; its parameters are numbers_of(tags) and tags.
std::string held_by(db::Dialect dialect);

}  // namespace plinth::tasks

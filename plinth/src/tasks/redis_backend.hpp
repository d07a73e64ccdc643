// Results of tasks in Redis, where Celery keeps them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "redis/client.hpp"
#include "tasks/result_backend.hpp"

namespace plinth::tasks {

class RedisBackend final : public ResultBackend {
 public:
  /// clients  of that url
  RedisBackend(std::shared_ptr<redis::Clients> clients, const redis::Url& url);

  Task<void> store(StoredResult result) override;
  Task<std::optional<std::string>> meta(std::string id) override;
  Task<std::optional<std::string>> wait(std::string id, std::int64_t timeout_ms) override;
  Task<void> forget(std::vector<std::string> ids) override;
  Task<void> save_group(std::string group, std::string meta, std::int64_t expires_seconds) override;
  Task<std::optional<std::string>> group_meta(std::string group) override;
  Task<void> set_chord_size(std::string group, std::int64_t size) override;
  Task<std::optional<std::vector<std::string>>> add_chord_part(std::string group,
                                                               std::int64_t index,
                                                               std::string part) override;
  /// False when somebody else had dropped them.
  Task<bool> drop_chord(std::string group);

  /// What is published on the channels of results, for those of one loop who wait.
  class Listener;

 private:
  Task<std::optional<std::string>> get(std::string key);

  std::shared_ptr<redis::Clients> clients_;
  base::PerLoop<Listener> listeners_;
};

}  // namespace plinth::tasks

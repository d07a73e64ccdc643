#include <charconv>
#include <utility>

#include "plinth/values.hpp"
#include "redis/client.hpp"
#include "tasks/beat_store.hpp"
#include "tasks/redis_keys.hpp"

namespace plinth::tasks {

namespace {

const redis::Script& lead_script() {
  static const redis::Script script(R"(
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
)");
  return script;
}

// KEYS: the state, then of each message its queue's bindings and its list. ARGV: the entry, its
// last run as it was and as it is to be, then of each message its queue's binding and its text.
const redis::Script& advance_script() {
  static const redis::Script script(R"(
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
for i = 2, #KEYS, 2 do
  redis.call('SADD', KEYS[i], ARGV[i + 2])
  redis.call('LPUSH', KEYS[i + 1], ARGV[i + 3])
end
return 1
)");
  return script;
}

class RedisBeatStore final : public BeatStore {
 public:
  explicit RedisBeatStore(const Celery::Impl& celery)
      : client_(redis::parse_url(celery.options.broker_url.value())),
        state_("plinth.beat." + celery.main),
        token_(Uuid::random().str()) {}

  Task<bool> lead() override {
    redis::Words keys = {state_ + ".leader"};
    redis::Words arguments = {token_, std::to_string(lead_ms)};
    const auto reply = co_await client_.eval(lead_script(), std::move(keys), std::move(arguments));
    co_return reply.integer == 1;
  }

  Task<std::map<std::string, std::int64_t>> last_runs() override {
    const auto reply = co_await client_.command({"HGETALL", state_});
    std::map<std::string, std::int64_t> runs;
    for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
      std::int64_t at_us = 0;
      const auto& digits = reply.items[i + 1].text;
      std::from_chars(digits.data(), digits.data() + digits.size(), at_us);
      runs.emplace(reply.items[i].text, at_us);
    }
    co_return runs;
  }

  Task<void> begin(std::vector<std::string> names, std::int64_t at_us) override {
    std::vector<redis::Words> commands;
    for (auto& name : names) {
      commands.push_back({"HSETNX", state_, std::move(name), std::to_string(at_us)});
    }
    co_await client_.pipeline(std::move(commands));
  }

  Task<void> forget(std::vector<std::string> names) override {
    redis::Words words = {"HDEL", state_};
    for (auto& name : names) words.push_back(std::move(name));
    co_await client_.command(std::move(words));
  }

  Task<bool> advance(std::string name, std::int64_t before_us, std::int64_t at_us,
                     std::vector<Outgoing> messages) override {
    redis::Words keys = {state_};
    redis::Words arguments = {std::move(name), std::to_string(before_us), std::to_string(at_us)};
    for (auto& message : messages) {
      keys.push_back(redis_keys::bindings(message.queue));
      keys.push_back(redis_keys::list(message.queue, redis_keys::step_of(message.priority)));
      arguments.push_back(redis_keys::binding_of(message.queue));
      arguments.push_back(std::move(message.text));
    }
    const auto reply =
        co_await client_.eval(advance_script(), std::move(keys), std::move(arguments));
    co_return reply.integer == 1;
  }

 private:
  redis::Client client_;
  std::string state_;
  std::string token_;
};

}  // namespace

std::unique_ptr<BeatStore> make_redis_beat_store(const Celery::Impl& celery) {
  return std::make_unique<RedisBeatStore>(celery);
}

}  // namespace plinth::tasks

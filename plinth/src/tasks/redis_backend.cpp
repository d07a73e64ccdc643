#include "tasks/redis_backend.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <utility>

#include "base/loop.hpp"
#include "redis/subscriber.hpp"
#include "tasks/redis_keys.hpp"
#include "tasks/redis_scripts.hpp"
#include "tasks/result_meta.hpp"

namespace plinth::tasks {

namespace {

using redis::Reply;
using redis::Words;

constexpr auto chord_seconds = "86400";  // as long as Celery keeps results by default

std::optional<std::string> text_in(Reply reply) {
  if (reply.is_nil()) return std::nullopt;
  return std::move(reply.text);
}

bool is_ready(const std::string& meta) {
  const auto result = decode_result(meta);
  return result && states::is_ready(result->status);
}

Words set(const std::string& key, std::string value, std::int64_t seconds) {
  if (seconds <= 0) return {"SET", key, std::move(value)};
  return {"SETEX", key, std::to_string(seconds), std::move(value)};
}

}  // namespace

class RedisBackend::Listener : public std::enable_shared_from_this<Listener> {
 public:
  struct Waiter : base::Arrival::Slot {
    std::string meta;         // what was published last
    bool look_again = false;  // messages may have been missed
    bool expired = false;
  };

  // A waiter's place on its channel.
  class Place {
   public:
    Place(std::shared_ptr<Listener> listener, std::string channel, std::shared_ptr<Waiter> waiter)
        : listener_(std::move(listener)),
          place_(listener_->waiters_.emplace(std::move(channel), std::move(waiter))) {
      listener_->subscriber_.subscribe(place_->first);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      listener_->subscriber_.unsubscribe(place_->first);
      listener_->waiters_.erase(place_);
    }

   private:
    std::shared_ptr<Listener> listener_;
    std::multimap<std::string, std::shared_ptr<Waiter>>::iterator place_;
  };

  explicit Listener(const redis::Url& url)
      : subscriber_(
            url, [this](redis::Message& message) { heard(message); }, [this] { look_again(); }) {}

  Task<void> ready() { return subscriber_.ready(); }

 private:
  // Copies: who is woken leaves.
  void heard(const redis::Message& message) {
    std::vector<std::shared_ptr<Waiter>> woken;
    const auto [begin, end] = waiters_.equal_range(message.channel);
    for (auto each = begin; each != end; ++each) woken.push_back(each->second);
    for (const auto& waiter : woken) {
      waiter->meta = message.payload.text;
      waiter->arrive();
    }
  }
  void look_again() {
    std::vector<std::shared_ptr<Waiter>> woken;
    for (const auto& [channel, waiter] : waiters_) woken.push_back(waiter);
    for (const auto& waiter : woken) {
      waiter->look_again = true;
      waiter->arrive();
    }
  }

  std::multimap<std::string, std::shared_ptr<Waiter>> waiters_;
  redis::Subscriber subscriber_;
};

RedisBackend::RedisBackend(std::shared_ptr<redis::Clients> clients, const redis::Url& url)
    : clients_(std::move(clients)), listeners_([url] { return std::make_shared<Listener>(url); }) {}

Task<void> RedisBackend::store(StoredResult result) {
  co_await clients_->local().eval(redis_scripts::store_result(), {redis_keys::result(result.id)},
                                  {redis_keys::result(result.id), std::move(result.meta),
                                   std::to_string(result.expires_seconds)});
}

Task<std::optional<std::string>> RedisBackend::get(std::string key) {
  co_return text_in(co_await clients_->local().command({"GET", std::move(key)}));
}

Task<std::optional<std::string>> RedisBackend::meta(std::string id) {
  return get(redis_keys::result(id));
}

Task<std::optional<std::string>> RedisBackend::wait(std::string id, std::int64_t timeout_ms) {
  const auto key = redis_keys::result(id);
  auto meta = co_await get(key);
  if (meta && is_ready(*meta)) co_return meta;
  if (timeout_ms == 0) co_return std::nullopt;

  const auto listener = listeners_.local().shared_from_this();
  const auto waiter = std::make_shared<Listener::Waiter>();
  base::Arrival arrival(waiter);
  boost::asio::steady_timer timer(base::Loop::current().context());
  if (timeout_ms > 0) {
    timer.expires_after(std::chrono::milliseconds(timeout_ms));
    timer.async_wait([waiter](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      waiter->expired = true;
      waiter->arrive();
    });
  }
  const Listener::Place place(listener, key, waiter);
  co_await listener->ready();
  waiter->look_again = true;  // it may have come before the subscription
  while (!waiter->expired) {
    if (std::exchange(waiter->look_again, false)) {
      try {
        meta = co_await get(key);
      } catch (const redis::Unavailable&) {
        meta.reset();  // once Redis is back, the listener asks to look again
      }
      if (meta && is_ready(*meta)) co_return meta;
    }
    if (!waiter->look_again && waiter->meta.empty() && !waiter->expired) co_await arrival;
    const auto heard = std::exchange(waiter->meta, {});
    if (!heard.empty() && is_ready(heard)) co_return heard;
  }
  co_return std::nullopt;
}

Task<void> RedisBackend::forget(std::vector<std::string> ids) {
  if (ids.empty()) co_return;
  Words words{"DEL"};
  for (const auto& id : ids) words.push_back(redis_keys::result(id));
  co_await clients_->local().command(std::move(words));
}

Task<void> RedisBackend::save_group(std::string group, std::string meta,
                                    std::int64_t expires_seconds) {
  co_await clients_->local().command(
      set(redis_keys::group(group), std::move(meta), expires_seconds));
}

Task<std::optional<std::string>> RedisBackend::group_meta(std::string group) {
  return get(redis_keys::group(group));
}

Task<void> RedisBackend::set_chord_size(std::string group, std::int64_t size) {
  const auto key = redis_keys::group(group) + ".s";
  const auto text = std::to_string(size);
  std::vector<Words> commands{{"SETEX", key, chord_seconds, text}, {"PUBLISH", key, text}};
  for (auto& reply :
       co_await clients_->local().pipeline(std::move(commands), redis::Together::atomic)) {
    redis::checked(std::move(reply));
  }
}

Task<std::optional<std::vector<std::string>>> RedisBackend::add_chord_part(std::string group,
                                                                           std::int64_t index,
                                                                           std::string part) {
  const auto key = redis_keys::group(group);
  auto reply = co_await clients_->local().eval(
      redis_scripts::add_chord_part(), {key},
      {key, index < 0 ? "+inf" : std::to_string(index), std::move(part), chord_seconds});
  if (reply.is_nil()) co_return std::nullopt;
  std::vector<std::string> parts;
  for (auto& item : reply.items) parts.push_back(std::move(item.text));
  co_return parts;
}

Task<bool> RedisBackend::drop_chord(std::string group) {
  const auto key = redis_keys::group(group);
  std::vector<Words> commands{{"DEL", key + ".j"}, {"DEL", key + ".s", key + ".t"}};
  auto replies = co_await clients_->local().pipeline(std::move(commands), redis::Together::atomic);
  co_return redis::checked(std::move(replies.at(0))).integer == 1;
}

}  // namespace plinth::tasks

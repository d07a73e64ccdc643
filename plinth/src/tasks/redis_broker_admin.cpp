// What `app tasks` does to messages in Redis: by looks at parts of the lists, as they may be long.
#include <algorithm>
#include <functional>
#include <utility>

#include "plinth/json.hpp"
#include "tasks/message.hpp"
#include "tasks/redis_broker.hpp"
#include "tasks/redis_held.hpp"
#include "tasks/redis_keys.hpp"
#include "tasks/redis_scripts.hpp"

namespace plinth::tasks {

namespace {

using redis::Words;

constexpr std::size_t chunk = 200;

struct Identity {
  std::string id;
  std::string task;
};

Identity identity_of(std::string_view text) {
  auto read = decode(text);
  if (auto* message = std::get_if<Message>(&read)) {
    return {std::move(message->id), std::move(message->task)};
  }
  auto& malformed = std::get<Malformed>(read);
  return {std::move(malformed.id), std::move(malformed.task)};
}

bool is_of(std::string_view text, const std::string& id) {
  return text.find(id) != std::string_view::npos && identity_of(text).id == id;
}

// "{head}\n[message, exchange, queue]"
DeadLetter read_dead(const std::string& element) {
  DeadLetter letter;
  std::string tag;
  const auto end = element.find('\n');
  try {
    const auto head = Json::parse(std::string_view(element).substr(0, end));
    letter.at_us = head["at"].integer();
    letter.reason = head["reason"].str();
    tag = head["tag"].str();
  } catch (const std::exception&) {
    letter.reason = "not a dead letter of ours";
  }
  const std::string_view value = end == std::string::npos
                                     ? std::string_view(element)
                                     : std::string_view(element).substr(end + 1);
  const auto held = read_held(value);
  letter.text = held ? held->text : value;
  if (held) letter.queue = held->routing_key;
  auto identity = identity_of(letter.text);
  letter.id = identity.id.empty() ? tag : std::move(identity.id);
  letter.task = std::move(identity.task);
  return letter;
}

std::string range_end(std::size_t begin) { return std::to_string(begin + chunk - 1); }

std::vector<std::string> lists_of(const std::string& queue) {
  std::vector<std::string> lists;
  for (const int step : redis_keys::priority_steps) lists.push_back(redis_keys::list(queue, step));
  return lists;
}

bool is_control(const std::string& bindings) {
  return bindings.ends_with("celery.pidbox") || bindings.ends_with(".celeryev");
}

}  // namespace

// Without names: those that publishers and workers have made known.
Task<std::vector<std::string>> RedisBroker::known_queues(std::vector<std::string> queues) {
  if (!queues.empty()) co_return queues;
  auto& client = clients_->local();
  std::string cursor = "0";
  do {
    const auto found =
        co_await client.command({"SCAN", cursor, "MATCH", "_kombu.binding.*", "COUNT", "1000"});
    cursor = found.items.at(0).text;
    for (const auto& key : found.items.at(1).items) {
      if (is_control(key.text)) continue;
      const auto bindings = co_await client.command({"SMEMBERS", key.text});
      for (const auto& binding : bindings.items) {
        const auto at = binding.text.rfind(redis_keys::separator);
        if (at == std::string::npos) continue;
        queues.push_back(binding.text.substr(at + redis_keys::separator.size()));
      }
    }
  } while (cursor != "0");
  std::sort(queues.begin(), queues.end());
  queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
  std::erase(queues, "");
  co_return queues;
}

Task<std::vector<RedisBroker::Held>> RedisBroker::held_from(std::size_t rank) {
  auto& client = clients_->local();
  const auto index = co_await client.command(
      {"ZRANGE", redis_keys::unacked_index, std::to_string(rank), range_end(rank), "WITHSCORES"});
  std::vector<Held> messages;
  if (index.items.empty()) co_return messages;
  Words words{"HMGET", redis_keys::unacked};
  for (std::size_t i = 0; i + 1 < index.items.size(); i += 2) {
    words.push_back(index.items[i].text);
    messages.push_back({index.items[i].text, index.items[i + 1].text, ""});
  }
  auto values = co_await client.command(std::move(words));
  for (std::size_t i = 0; i < messages.size(); ++i) {
    messages[i].value = std::move(values.items.at(i).text);
  }
  co_return messages;
}

Task<std::vector<Broker::QueueLength>> RedisBroker::lengths(std::vector<std::string> queues) {
  queues = co_await known_queues(std::move(queues));
  std::vector<QueueLength> lengths;
  for (const auto& queue : queues) {
    std::vector<Words> commands;
    for (auto& list : lists_of(queue)) commands.push_back({"LLEN", std::move(list)});
    QueueLength length{.queue = queue};
    for (const auto& reply : co_await clients_->local().pipeline(std::move(commands))) {
      length.waiting += static_cast<std::uint64_t>(reply.integer);
    }
    lengths.push_back(std::move(length));
  }
  for (std::size_t rank = 0;; rank += chunk) {
    const auto part = co_await held_from(rank);
    if (part.empty()) break;
    for (const auto& each : part) {
      const auto held = read_held(each.value);
      for (auto& length : lengths) {
        if (held && held->routing_key == length.queue) ++length.held;
      }
    }
  }
  co_return lengths;
}

Task<Broker::Backlog> RedisBroker::backlog(std::vector<std::string> queues) {
  std::vector<Words> commands{{"ZCARD", redis_keys::unacked_index}, {"LLEN", redis_keys::dead}};
  for (const auto& queue : queues) {
    for (auto& list : lists_of(queue)) commands.push_back({"LLEN", std::move(list)});
  }
  const auto replies = co_await clients_->local().pipeline(std::move(commands));
  const auto number = [&](std::size_t i) {
    return static_cast<std::uint64_t>(replies.at(i).integer);
  };
  Backlog backlog{.held = number(0), .dead = number(1)};
  std::size_t next = 2;
  for (auto& queue : queues) {
    QueueLength length{.queue = std::move(queue)};
    for (std::size_t i = lists_of(length.queue).size(); i > 0; --i)
      length.waiting += number(next++);
    backlog.queues.push_back(std::move(length));
  }
  co_return backlog;
}

// Those that wait in the order in which they will be taken, then those that are held.
Task<std::vector<Waiting>> RedisBroker::list(std::vector<std::string> queues, std::size_t limit) {
  queues = co_await known_queues(std::move(queues));
  std::vector<Waiting> all;
  for (const auto& queue : queues) {
    for (const auto& key : lists_of(queue)) {
      if (all.size() >= limit) co_return all;
      auto texts = co_await clients_->local().command(
          {"LRANGE", key, std::to_string(-static_cast<std::int64_t>(limit - all.size())), "-1"});
      std::reverse(texts.items.begin(), texts.items.end());
      for (auto& text : texts.items) {
        all.push_back({.queue = queue, .text = std::move(text.text)});
      }
    }
  }
  for (std::size_t rank = 0; all.size() < limit; rank += chunk) {
    const auto part = co_await held_from(rank);
    if (part.empty()) break;
    for (const auto& each : part) {
      const auto held = read_held(each.value);
      if (!held || all.size() >= limit) continue;
      if (std::find(queues.begin(), queues.end(), held->routing_key) == queues.end()) continue;
      const auto due = std::stod(each.score) + options_.visibility_timeout;
      all.push_back({.queue = held->routing_key,
                     .text = std::string(held->text),
                     .held = true,
                     .due_us = static_cast<std::int64_t>(due * 1e6)});
    }
  }
  co_return all;
}

// Up to `most` of those that wait for their time.
Task<std::size_t> RedisBroker::remove_deferred(std::function<bool(const Held&)> is_meant,
                                               std::size_t most) {
  std::size_t removed = 0;
  for (std::size_t rank = 0; removed < most;) {
    const auto part = co_await held_from(rank);
    if (part.empty()) break;
    const auto before = removed;
    for (const auto& each : part) {
      const auto held = read_held(each.value);
      if (!held || !held->deferred || !is_meant(each) || removed >= most) continue;
      const auto reply =
          co_await clients_->local().eval(redis_scripts::remove(), {}, {each.tag, each.value});
      removed += static_cast<std::size_t>(reply.integer);
    }
    rank += chunk - (removed - before);  // those behind have moved up
  }
  co_return removed;
}

// From the left, where messages come in: those that are taken meanwhile do not shift the others.
Task<bool> RedisBroker::remove(std::string id) {
  for (const auto& queue : co_await known_queues({})) {
    for (const auto& key : lists_of(queue)) {
      for (std::size_t begin = 0;; begin += chunk) {
        auto texts = co_await clients_->local().command(
            {"LRANGE", key, std::to_string(begin), range_end(begin)});
        if (texts.items.empty()) break;
        for (auto& text : texts.items) {
          if (!is_of(text.text, id)) continue;
          const auto removed =
              co_await clients_->local().command({"LREM", key, "1", std::move(text.text)});
          if (removed.integer == 1) co_return true;
        }
      }
    }
  }
  const auto is_meant = [&id](const Held& each) {
    const auto held = read_held(each.value);
    return held && is_of(held->text, id);
  };
  co_return co_await remove_deferred(is_meant, 1) == 1;
}

Task<std::uint64_t> RedisBroker::purge(std::vector<std::string> queues) {
  queues = co_await known_queues(std::move(queues));
  std::uint64_t purged = 0;
  for (const auto& queue : queues) {
    std::vector<Words> commands;
    Words drop{"DEL"};
    for (const auto& list : lists_of(queue)) {
      commands.push_back({"LLEN", list});
      drop.push_back(list);
    }
    commands.push_back(std::move(drop));
    auto replies =
        co_await clients_->local().pipeline(std::move(commands), redis::Together::atomic);
    replies.pop_back();
    for (auto& reply : replies) {
      purged += static_cast<std::uint64_t>(redis::checked(std::move(reply)).integer);
    }
  }
  const auto is_meant = [&queues](const Held& each) {
    const auto held = read_held(each.value);
    return held && std::find(queues.begin(), queues.end(), held->routing_key) != queues.end();
  };
  co_return purged + co_await remove_deferred(is_meant, static_cast<std::size_t>(-1));
}

// ---- Dead letters.

Task<std::vector<DeadLetter>> RedisBroker::dead_letters(std::size_t limit) {
  std::vector<DeadLetter> letters;
  if (limit == 0) co_return letters;
  const auto elements = co_await clients_->local().command(
      {"LRANGE", redis_keys::dead, "0", std::to_string(limit - 1)});
  for (const auto& element : elements.items) letters.push_back(read_dead(element.text));
  co_return letters;
}

Task<bool> RedisBroker::revive(std::string id) {
  for (std::size_t begin = 0;; begin += chunk) {
    const auto elements = co_await clients_->local().command(
        {"LRANGE", redis_keys::dead, std::to_string(begin), range_end(begin)});
    if (elements.items.empty()) co_return false;
    for (const auto& element : elements.items) {
      const auto letter = read_dead(element.text);
      if (letter.id != id || letter.queue.empty()) continue;
      const auto list =
          redis_keys::list(letter.queue, redis_keys::step_of(priority_of(letter.text)));
      const auto revived = co_await clients_->local().eval(
          redis_scripts::revive(), {}, {element.text, list, as_sent(letter.text)});
      if (revived.integer == 1) co_return true;
    }
  }
}

Task<std::uint64_t> RedisBroker::purge_dead_letters() {
  const auto replies = co_await clients_->local().pipeline(
      {{"LLEN", redis_keys::dead}, {"DEL", redis_keys::dead}}, redis::Together::atomic);
  co_return static_cast<std::uint64_t>(replies.at(0).integer);
}

}  // namespace plinth::tasks

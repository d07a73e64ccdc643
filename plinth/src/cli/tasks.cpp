// `app tasks`: what waits, what failed for good, and what to do about it.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/celery_of.hpp"
#include "cli/commands.hpp"
#include "cli/terminal_text.hpp"
#include "plinth/datetime.hpp"
#include "tasks/broker.hpp"
#include "tasks/celery.hpp"
#include "tasks/message.hpp"
#include "tasks/python_text.hpp"

namespace plinth::cli {

namespace {

constexpr std::string_view tasks_options[] = {"-Q", "--queues", "--limit"};
constexpr std::string_view tasks_flags[] = {"--dead"};
// More than anybody has, and less than any broker's numbers.
constexpr std::size_t no_limit = 1'000'000'000;
constexpr const char* tasks_usage =
    "list [-Q queues] [--limit N] | show ID | cancel ID | retry ID | dead [--limit N] | "
    "purge [-Q queues] | purge --dead";

struct Asked {
  Celery& celery;
  tasks::Broker& broker;
  std::vector<std::string> queues;
  std::size_t limit;
  std::string id;
  bool dead;
};

std::string time_of(std::int64_t microseconds) {
  return DateTime{.microseconds = microseconds}.iso();
}

// "add[3c9d…] (2, 3) {}"
std::string line_of(const std::string& text) {
  const auto decoded = tasks::decode(text);
  if (const auto* malformed = std::get_if<tasks::Malformed>(&decoded)) {
    return terminal_text("not a message: " + malformed->reason);
  }
  const auto& message = std::get<tasks::Message>(decoded);
  return terminal_text(message.task + "[" + message.id + "] " +
                       tasks::saferepr(message.args, tasks::Sequence::tuple) + " " +
                       tasks::saferepr(message.kwargs));
}

Task<int> list(const Asked& asked) {
  const auto lengths = co_await asked.broker.lengths(asked.queues);
  for (const auto& queue : lengths) {
    std::printf("%s: %llu waiting, %llu held or scheduled\n", queue.queue.c_str(),
                static_cast<unsigned long long>(queue.waiting),
                static_cast<unsigned long long>(queue.held));
  }
  const auto found = co_await asked.broker.list(asked.queues, asked.limit);
  for (const auto& waiting : found) {
    std::printf("%-10s %-9s %s%s\n", waiting.queue.c_str(), waiting.held ? "held" : "waiting",
                line_of(waiting.text).c_str(),
                waiting.held ? (" until " + time_of(waiting.due_us)).c_str() : "");
  }
  co_return 0;
}

Task<int> show(const Asked& asked) {
  bool known = false;
  const auto waiting = co_await asked.broker.list(asked.queues, no_limit);
  for (const auto& each : waiting) {
    const auto decoded = tasks::decode(each.text);
    const auto* message = std::get_if<tasks::Message>(&decoded);
    if (!message || message->id != asked.id) continue;
    known = true;
    std::printf("%s in %s\n%s\n", each.held ? "held" : "waiting", each.queue.c_str(),
                Json::parse(each.text).pretty().c_str());
  }
  const auto dead = co_await asked.broker.dead_letters(no_limit);
  for (const auto& letter : dead) {
    if (letter.id != asked.id) continue;
    known = true;
    std::printf("dead letter of %s since %s: %s\n%s\n", letter.queue.c_str(),
                time_of(letter.at_us).c_str(), letter.reason.c_str(), letter.text.c_str());
  }
  const auto meta = co_await asked.broker.results().meta(asked.id);
  if (meta) std::printf("result\n%s\n", Json::parse(*meta).pretty().c_str());
  if (known || meta) co_return 0;
  std::fprintf(stderr, "task %s: neither waiting, nor a dead letter, nor a result of it\n",
               asked.id.c_str());
  co_return 1;
}

Task<int> cancel(const Asked& asked) {
  const bool removed = co_await asked.broker.remove(asked.id);
  if (removed) {
    std::printf("task %s will not run: its message is removed\n", asked.id.c_str());
    co_return 0;
  }
  std::vector<std::string> ids{asked.id};
  co_await asked.celery.revoke(std::move(ids), true);
  std::printf("task %s does not wait; workers are told to stop it if one runs it\n",
              asked.id.c_str());
  co_return 0;
}

Task<int> retry(const Asked& asked) {
  const bool revived = co_await asked.broker.revive(asked.id);
  if (revived) {
    std::printf("task %s is back in its queue\n", asked.id.c_str());
    co_return 0;
  }
  std::fprintf(stderr, "there is no dead letter of task %s; see: app tasks dead\n",
               asked.id.c_str());
  co_return 1;
}

Task<int> dead(const Asked& asked) {
  const auto found = co_await asked.broker.dead_letters(asked.limit);
  for (const auto& letter : found) {
    std::printf("%s %-10s %s[%s]: %s\n", time_of(letter.at_us).c_str(), letter.queue.c_str(),
                letter.task.empty() ? "?" : letter.task.c_str(), letter.id.c_str(),
                letter.reason.c_str());
  }
  if (found.empty()) std::printf("there are no dead letters\n");
  co_return 0;
}

Task<int> purge(const Asked& asked) {
  const auto count = asked.dead ? co_await asked.broker.purge_dead_letters()
                                : co_await asked.broker.purge(asked.queues);
  std::printf("%llu %s removed\n", static_cast<unsigned long long>(count),
              asked.dead ? "dead letters" : "messages");
  co_return 0;
}

struct Command {
  std::string_view name;
  Task<int> (*run)(const Asked&);
  bool takes_id;
};
constexpr Command commands[] = {{"list", &list, false},    {"show", &show, true},
                                {"cancel", &cancel, true}, {"retry", &retry, true},
                                {"dead", &dead, false},    {"purge", &purge, false}};

}  // namespace

int tasks_command(const Program& program, std::span<char* const> words) {
  const Arguments arguments = parse_arguments(words, tasks_options, tasks_flags);
  const auto& rest = arguments.rest;
  for (const auto& command : commands) {
    if (rest.empty() || rest.front() != command.name) continue;
    if (rest.size() != (command.takes_id ? 2 : 1)) throw UsageError(tasks_usage);
    App app = program.create_app();
    auto& celery = celery_of(app);
    auto queues = names_of(either(arguments, "-Q", "--queues"));
    if (queues.empty() && !celery.is_embedded()) queues = {celery.conf().task_default_queue};
    const Asked asked{
        .celery = celery,
        .broker = *celery.impl().broker,
        .queues = std::move(queues),
        .limit = static_cast<std::size_t>(arguments.number_or("--limit", 50, 1, 1'000'000)),
        .id = command.takes_id ? rest[1] : std::string(),
        .dead = arguments.has("--dead")};
    return run(command.run(asked));
  }
  throw UsageError(tasks_usage);
}

}  // namespace plinth::cli

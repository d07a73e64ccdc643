#include "celery/jobs.hpp"

#include "plinth/datetime.hpp"
#include "plinth/task.hpp"

namespace celery {

std::int64_t add_up(std::int64_t x, std::int64_t y) { return x + y; }

std::int64_t multiply(std::int64_t x, std::int64_t y) { return x * y; }

Json give_back(Json value) { return value; }

std::int64_t sum_of(std::vector<std::int64_t> numbers) {
  std::int64_t sum = 0;
  for (const auto number : numbers) sum += number;
  return sum;
}

std::string greeting_of(std::string name, std::optional<std::int64_t> times,
                        std::optional<std::string> greeting) {
  std::string text;
  for (std::int64_t i = 0; i < times.value_or(1); ++i) {
    text += greeting.value_or("Hello") + ", " + name + "! ";
  }
  return text;
}

std::string welcome(std::string email) { return "Welcome, " + email + "!"; }

void nothing() {}

std::string letters(std::int64_t size) { return std::string(static_cast<std::size_t>(size), 'x'); }

void raise(std::string message) { throw TaskError("ValueError", message); }

void raise_kind(std::string kind, std::optional<Json> first, std::optional<Json> second) {
  TaskError error(kind);
  error.arguments = Json::array({});
  if (first) error.arguments.push_back(*first);
  if (second) error.arguments.push_back(*second);
  throw TaskError(error);
}

std::int64_t fail_first(std::int64_t failures, TaskContext& self) {
  const auto retries = self.request().retries;
  if (retries < failures) {
    const TaskError error("ValueError", "try " + std::to_string(retries));
    throw self.retry({.countdown = 0.05, .exc = std::make_exception_ptr(error)});
  }
  return retries;
}

void never_done(TaskContext& self) {
  throw self.retry(
      {.countdown = 0.05, .exc = std::make_exception_ptr(TaskError("ValueError", "no use"))});
}

std::int64_t fail_first_simply(std::int64_t failures, TaskContext& self) {
  if (self.request().retries < failures) throw TaskError("ValueError", "again");
  return self.request().retries;
}

Task<std::int64_t> count_up(std::int64_t steps, TaskContext& self) {
  for (std::int64_t done = 0; done < steps; ++done) {
    auto meta = Json::object({{"done", done}, {"total", steps}});
    co_await self.update_state("PROGRESS", std::move(meta));
  }
  co_return steps;
}

Task<double> wait_for(double seconds) {
  co_await sleep_for(static_cast<std::int64_t>(seconds * 1000));
  co_return seconds;
}

double read_clock() { return static_cast<double>(DateTime::now().microseconds) / 1e6; }

Json about_request(std::optional<Json>, TaskContext& self) {
  const auto& about = self.request();
  const auto* tenant = about.headers.find("tenant");
  return Json::object({
      {"id", about.id},
      {"root_id", about.root_id},
      {"parent_id", about.parent_id.empty() ? Json() : Json(about.parent_id)},
      {"retries", about.retries},
      {"hostname", about.hostname},
      {"queue", about.queue},
      {"priority", about.priority},
      {"redelivered", about.deliveries > 1},
      {"tenant", tenant ? *tenant : Json()},
  });
}

void register_jobs(Celery& celery) {
  celery.register_tasks(add, mul, echo, tsum, greet, send_welcome_email, noret, ignored, big, fail,
                        fail_with, retry_then, give_up, autoretry, progress, slow, tracked, late,
                        now, limited, request);
}

}  // namespace celery

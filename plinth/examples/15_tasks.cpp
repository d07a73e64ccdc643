// Background tasks: declared, called, composed, watched. Kept in the database, run beside the
// server.
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"
#include "plinth/task_tables.hpp"
#include "plinth/tasks.hpp"

using namespace plinth;

std::int64_t sum(std::int64_t x, std::int64_t y) { return x + y; }
inline constexpr auto add = shared_task<sum>({.name = "add", .parameters = {"x", "y"}});

std::int64_t total(std::vector<std::int64_t> numbers) {
  std::int64_t all = 0;
  for (auto number : numbers) all += number;
  return all;
}
inline constexpr auto tsum = shared_task<total>({.name = "tsum"});

struct Pair {
  std::int64_t x;
  std::int64_t y;
};

Task<Json> create_sum(Pair pair) {
  auto result = co_await add.delay(pair.x, pair.y);
  co_return Json::object({{"id", result.id()}});
}

// All pairs at once, then the sum of their sums.
Task<Json> create_total(std::vector<Pair> pairs) {
  std::vector<Signature> sums;
  for (const auto& pair : pairs) sums.push_back(add.s(pair.x, pair.y));
  auto result = co_await chord(sums, tsum.s()).delay();
  co_return Json::object({{"id", result.id()}});
}

Task<Json> read_sum(Path<"id", std::string> id, Celery& celery) {
  auto result = celery.async_result(*id);
  if (!co_await result.ready()) throw HttpError(404, "Not there yet");
  co_return co_await result.info();
}

App create_app() {
  auto app = App({.title = "Sums"});
  app.provide(Engine("sqlite:///:memory:"));
  create_all(app.provided<Engine>(), metadata_with_tasks<>());
  app.provide(Celery("sums", app.provided<Engine>()));
  app.provided<Celery>().register_tasks(add, tsum);
  init_celery(app);
  app.post<create_sum>("/sums").post<create_total>("/sums/all").get<read_sum>("/sums/{id}");
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}

#define main example_main
#include "../../examples/15_tasks.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

namespace {

// Waits for the task, then asks for its result as a client does.
std::string result_of(App& app, TestClient& client, const TestResponse& started) {
  const auto id = started.json["id"].str();
  run([](Celery& celery, std::string task) -> Task<void> {
    co_await celery.async_result(std::move(task)).get({.timeout = 30});
  }(app.provided<Celery>(), id));
  return client.get("/sums/" + id).text;
}

}  // namespace

TEST_CASE("a task is sent by one request, and its result read by another") {
  auto app = create_app();
  TestClient client(app);
  CHECK(result_of(app, client, client.post("/sums", R"({"x": 2, "y": 3})"_json)) == "5");
  auto pairs = R"([{"x": 1, "y": 1}, {"x": 2, "y": 2}, {"x": 3, "y": 3}])"_json;
  CHECK(result_of(app, client, client.post("/sums/all", pairs)) == "12");
  CHECK(client.get("/sums/unknown").status == 404);
}

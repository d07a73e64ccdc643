#define main example_main
#include "../../examples/10_conditional.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

using namespace plinth::literals;

TEST_CASE("a note that was changed meanwhile is not overwritten") {
  auto app = create_app();
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(Note{.text = "tea"});
    co_await session.commit();
  }(app.provided<Engine>()));
  TestClient client(app);

  const auto seen = client.get("/notes/1");
  const std::string tag(seen.headers.get("etag").value());
  CHECK(client.get("/notes/1", {{"if-none-match", tag}}).status == 304);
  CHECK(client.put("/notes/1", R"({"text": "no"})"_json).status == 428);

  const auto first = client.put("/notes/1", R"({"text": "coffee"})"_json, {{"if-match", tag}});
  CHECK(first.status == 200);
  const auto second = client.put("/notes/1", R"({"text": "cocoa"})"_json, {{"if-match", tag}});
  CHECK(second.status == 412);
  const auto now = client.get("/notes/1", {{"if-none-match", tag}});
  CHECK(now.json["text"] == "coffee");
  CHECK(now.headers.get("etag") == first.headers.get("etag"));
  CHECK(now.headers.get("x-frame-options") == "SAMEORIGIN");
}

#define main example_main
#include "../../examples/03_parameters.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

TEST_CASE("each parameter comes from where its type says") {
  auto app = create_app();
  TestClient client(app);
  auto created = client.post("/api/addresses", R"({"street": "High St"})"_json);
  CHECK(created.status == 201);
  CHECK(created.text == R"({"street":"High St","zip":null})");

  auto from_to = R"({"from": {"street": "A"}, "to": {"street": "B"}})"_json;
  CHECK(client.post("/api/moves", from_to).text == R"(["A","B"])");

  auto found = client.get("/api/shops/north/items?q=green%20tea&limit=5",
                          {{"X-Tags", "a"}, {"X-Tags", "b"}, {"Cookie", "sid=1"}});
  CHECK(found.text ==
        R"({"shop":"north","q":"green tea","skip":0,"limit":5,"tags":2,"known":true})");
  auto refused = client.get("/api/shops/north/items?q=te&limit=500");
  CHECK(refused.status == 422);
  CHECK(refused.json["detail"][0]["loc"] == R"(["query", "q"])"_json);
  CHECK(refused.json["detail"][1]["loc"] == R"(["query", "limit"])"_json);

  CHECK(client.post_form("/api/sign-in", {{"username", "ada"}, {"remember", "on"}}).text ==
        R"(["ada",true])");
  CHECK(client.get("/api/files/a/b.txt").json == "a/b.txt");
}

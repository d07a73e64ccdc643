#include <doctest/doctest.h>

#include "conftest.hpp"

using namespace app;

TEST_CASE("a note is kept and read back") {
  auto app = create_test_app();
  auto client = TestClient(app);
  CHECK(client.post("/api/v1/notes", R"({"text": "tea"})"_json).status == 201);
  CHECK(client.post("/api/v1/notes", R"({"text": ""})"_json).status == 422);
  CHECK(client.get("/api/v1/notes").json == R"([{"id": 1, "text": "tea"}])"_json);
}

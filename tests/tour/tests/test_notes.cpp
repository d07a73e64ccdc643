#include <doctest/doctest.h>

#include "conftest.hpp"

using namespace app;

TEST_CASE("a note is kept and read back") {
  auto app = create_test_app();
  CHECK(TestClient(app).post("/api/v1/notes", R"({"text": "tea"})"_json).status == 200);
  CHECK(TestClient(app).get("/api/v1/notes").json == R"([{"id": 1, "text": "tea"}])"_json);
}

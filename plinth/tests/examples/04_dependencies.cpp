#define main example_main
#include "../../examples/04_dependencies.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

TEST_CASE("dependencies give, guard and clean up") {
  auto app = create_app();
  auto client = TestClient(app).with_header("x-client", "test");

  auto ada = client.bearer("token-of-ada");
  CHECK(ada.get("/me").text == R"({"name":"ada","commits":0})");
  CHECK(ada.get("/me").text == R"({"name":"ada","commits":1})");

  auto nobody = client.get("/me");
  CHECK(nobody.status == 401);
  CHECK(nobody.headers.get("www-authenticate") == "Bearer");
  CHECK(client.bearer("forged").get("/me").text == R"({"detail":"Unknown token"})");
  CHECK(app.provided<Store>().commits == 2);  // nothing was committed for those

  CHECK(TestClient(app).bearer("token-of-ada").get("/me").status == 422);  // no x-client
}

TEST_CASE("a test replaces a dependency") {
  auto app = create_app();
  app.override<get_current_user>([] { return std::string("eve"); });
  auto client = TestClient(app).with_header("x-client", "test");
  CHECK(client.get("/me").json["name"] == "eve");
}

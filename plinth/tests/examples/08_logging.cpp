#define main example_main
#include "../../examples/08_logging.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "plinth/testing.hpp"

TEST_CASE("a line has its request's and its user's id") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  {
    auto logging = configure_logging({.format = "json", .file_descriptor = ends[1]});
    auto app = create_app();
    auto client = TestClient(app);
    CHECK(client.post("/orders/7", Json(), {{"x-user", "ada"}, {"x-request-id", "r1"}}).status ==
          201);
  }
  std::string text(4096, '\0');
  text.resize(static_cast<std::size_t>(::read(ends[0], text.data(), text.size())));
  ::close(ends[0]);
  ::close(ends[1]);
  const auto line = Json::parse(text.substr(0, text.find('\n')));
  CHECK(line["logger"].str() == "app.orders");
  CHECK(line["request_id"].str() == "r1");
  CHECK(line["user_id"].str() == "ada");
  CHECK(line["item"].integer() == 7);
  CHECK(text.find("for whom") == std::string::npos);
}

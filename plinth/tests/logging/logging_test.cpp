#include "plinth/logging.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "base/context.hpp"
#include "base/log.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/json.hpp"
#include "plinth/task.hpp"

using namespace plinth;

namespace {

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  // What has been written, up to 64 KiB.
  std::string read() {
    std::string text(65536, '\0');
    text.resize(static_cast<std::size_t>(::read(ends[0], text.data(), text.size())));
    return text;
  }
  int ends[2];
};

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = text.find('\n', start);
    lines.push_back(Json::parse(text.substr(start, end - start)));
    start = end + 1;
  }
  return lines;
}

LoggingOptions json_to(const Pipe& pipe) {
  return {.format = "json", .file_descriptor = pipe.ends[1]};
}

}  // namespace

TEST_CASE("lines are written in order, by loggers with names") {
  Pipe pipe;
  auto configured = configure_logging(json_to(pipe));
  logging::info("one", {{"n", 1}});
  logging::Logger("app.orders").error("two");
  base::log(base::Level::warning, "three");
  configured.flush();

  auto lines = lines_of(pipe.read());
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["message"].str() == "one");
  CHECK(lines[0]["logger"].str() == "app");
  CHECK(lines[0]["n"].integer() == 1);
  CHECK(lines[1]["logger"].str() == "app.orders");
  CHECK(lines[1]["level"].str() == "ERROR");
  CHECK(lines[2]["logger"].str() == "plinth");
}

TEST_CASE("the level may change while it runs") {
  Pipe pipe;
  auto configured = configure_logging(json_to(pipe));
  logging::debug("hidden");
  logging::set_level("DEBUG");
  logging::debug("shown");
  logging::set_level("error");
  logging::warning("hidden too");
  configured.flush();
  auto lines = lines_of(pipe.read());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["message"].str() == "shown");
}

TEST_CASE("wrong options are refused with their name") {
  CHECK_THROWS_WITH_AS((void)configure_logging({.level = "loud"}),
                       "log level \"loud\": use debug, info, warning, error or critical",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)configure_logging({.format = "xml"}),
                       "log format \"xml\": use console or json", std::invalid_argument);
}

TEST_CASE("who logs does not wait for a reader that does not read") {
  Pipe pipe;  // takes 64 KiB, then blocks its writer
  auto options = json_to(pipe);
  options.queue_bytes_limit = 10'000;
  std::string text;
  {
    auto configured = configure_logging(options);
    for (int i = 0; i < 2000; ++i) logging::info("a line of some length, so that the pipe fills");
    CHECK(configured.dropped() > 0);
    text = pipe.read();
    while (text.find("log lines were dropped") == std::string::npos || !text.ends_with("}\n")) {
      text += pipe.read();
    }
  }
  bool is_told = false;
  for (const auto& line : lines_of(text)) {
    if (line["message"].str() != "log lines were dropped: the log is too slow") continue;
    is_told = line["level"].str() == "ERROR" && line["lines"].integer() > 0;
  }
  CHECK(is_told);
}

TEST_CASE("what waits is written before logging ends") {
  Pipe pipe;
  {
    auto configured = configure_logging(json_to(pipe));
    for (int i = 0; i < 100; ++i) logging::info("line");
  }
  CHECK(lines_of(pipe.read()).size() == 100);
}

namespace {

Task<void> handler(std::string name) {
  logging::info(name + " begins");
  co_await sleep_for(1);
  logging::info(name + " goes on");
  co_await in_thread([] {});
  logging::info(name + " ends");
}

Task<void> serve(std::string name, std::string request_id) {
  const base::Context context{&request_id};
  co_await base::in_context(context, handler(name));
  logging::info(name + " served");
}

Task<void> serve_two() {
  auto first = serve("first", "1");
  first.start();
  auto second = serve("second", "2");
  second.start();
  while (!first.done() || !second.done()) co_await sleep_for(1);
}

}  // namespace

TEST_CASE("lines made inside of a request have its id, over all its waits") {
  Pipe pipe;
  auto configured = configure_logging(json_to(pipe));
  run(serve_two());
  configured.flush();
  auto lines = lines_of(pipe.read());
  REQUIRE(lines.size() == 8);
  for (const auto& line : lines) {
    const auto& message = line["message"].str();
    CAPTURE(message);
    if (message.ends_with("served")) {
      CHECK(!line.contains("request_id"));
    } else {
      CHECK(line["request_id"].str() == (message.starts_with("first") ? "1" : "2"));
    }
  }
  CHECK(base::current_context == nullptr);
}

TEST_CASE("a request makes a line without its query") {
  Pipe pipe;
  auto configured = configure_logging(json_to(pipe));
  auto access = make_middleware(AccessLog{.excluded_paths = {"/health"}});
  for (std::string_view path : {"/items", "/health"}) {
    Request request{.method = "GET",
                    .target = "/items?token=secret",
                    .path = std::string(path),
                    .query_string = "token=secret"};
    request.client_host = "10.0.0.7";
    Response response{.status = 503};
    std::uint64_t kept = 0;
    access->before(request, response, kept);
    CHECK(!access->after(request, response, kept));
  }
  configured.flush();
  const auto text = pipe.read();
  CHECK(text.find("secret") == std::string::npos);
  auto lines = lines_of(text);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["level"].str() == "ERROR");
  CHECK(lines[0]["logger"].str() == "plinth.access");
  CHECK(lines[0]["message"].str() == "GET /items 503");
  CHECK(lines[0]["method"].str() == "GET");
  CHECK(lines[0]["path"].str() == "/items");
  CHECK(lines[0]["status"].integer() == 503);
  CHECK(lines[0]["duration_ms"].number() >= 0);
  CHECK(lines[0]["client"].str() == "10.0.0.7");
}

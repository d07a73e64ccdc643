// A service of its own, outside this repository, with nothing but the installed library.
//
//   $ hello 8000 &
//   $ curl 127.0.0.1:8000/hello/ada
//   {"message":"Hello ada"}
#include <cstdint>
#include <cstdlib>

#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct Greeting {
  std::string message;
};

Greeting hello(Path<"name", Str<min_length(2)>> name) { return {.message = "Hello " + *name}; }

Json health() { return Json::object({{"status", "ok"}}); }

App create_app() {
  auto app = App({.title = "Hello"});
  app.get<hello>("/hello/{name}");
  app.get<health>("/health", {.tags = {"infra"}});
  return app;
}

int main(int argc, char** argv) {
  auto app = create_app();
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8000);
  return Server(app, {.port = port}).run();
}

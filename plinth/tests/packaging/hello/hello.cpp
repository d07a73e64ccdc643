#include "hello.hpp"

#include "plinth/plinth.hpp"

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

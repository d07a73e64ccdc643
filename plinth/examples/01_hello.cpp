// The smallest application: one endpoint, one server.
//
//   $ curl 127.0.0.1:8000/hello/ada
//   {"message":"Hello ada"}
//   $ curl 127.0.0.1:8000/health
//   {"status":"ok"}
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct Greeting {
  std::string message;
};

Greeting hello(Path<"name", std::string> name) { return {.message = "Hello " + *name}; }

Json health() { return Json::object({{"status", "ok"}}); }

App create_app() {
  auto app = App({.title = "Hello"});
  app.get<hello>("/hello/{name}");
  app.get<health>("/health", {.tags = {"infra"}});
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}

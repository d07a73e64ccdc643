// Where parameters come from: their shape says it. The name in the brackets is the one on the wire.
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct Address {
  Str<min_length(1)> street;
  std::optional<std::string> zip;
};

struct Page {  // a struct of query parameters: ?skip=…&limit=…
  Int<ge(0), defaults_to(0)> skip;
  Int<le(100), defaults_to(20)> limit;
};

// An aggregate by value is the JSON body.
Address create_address(Address address) { return address; }

// Two named bodies are one object: {"from": {…}, "to": {…}}
Json move(Body<"from", Address> from, Body<"to", Address> to) {
  return Json::array({*from->street, *to->street});
}

Json search(Path<"shop", std::string> shop, Query<"q", std::string, min_length(3)> q,
            QueryModel<Page> page,
            Header<"X-Tags", std::vector<std::string>, defaults_to_empty> tags,
            Cookie<"sid", std::optional<std::string>> session) {
  return Json::object({{"shop", *shop},
                       {"q", *q},
                       {"skip", *page->skip},
                       {"limit", *page->limit},
                       {"tags", static_cast<int>(tags->size())},
                       {"known", session->has_value()}});
}

Json sign_in(Form<"username", std::string> name,
             Form<"remember", bool, defaults_to(false)> remember) {
  return Json::array({*name, *remember});
}

Json read_file(Path<"path", std::string> path) { return Json(*path); }

App create_app() {
  auto router = Router({.prefix = "/api"})
                    .post<create_address>("/addresses", {.status = 201})
                    .post<move>("/moves")
                    .get<search>("/shops/{shop}/items")
                    .post<sign_in>("/sign-in")
                    .get<read_file>("/files/{path:path}");
  auto app = App();
  app.include(router);
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}

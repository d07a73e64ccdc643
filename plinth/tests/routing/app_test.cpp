// The app around the routes: middleware, exception handlers, life, overrides, wrong declarations.
#include "plinth/app.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/testing.hpp"

using namespace plinth;

namespace {

std::vector<std::string> events;

std::string taken() {
  std::string text;
  for (const auto& event : events) (text += text.empty() ? "" : " ") += event;
  events.clear();
  return text;
}

Json hello() {
  events.push_back("hello");
  return Json("hello");
}

// A middleware of the library's kind.
struct Mark {
  std::string name;
  bool stops = false;
};
struct MarkMiddleware final : detail::Middleware {
  explicit MarkMiddleware(Mark mark) : options(std::move(mark)) {}
  bool before(Request&, Response& answer, std::uint64_t& kept) override {
    events.push_back(options.name);
    kept = options.name.size();
    if (options.stops) answer = Response::text("stopped", 403);
    return !options.stops;
  }
  Task<void> after(const Request& request, Response& response, std::uint64_t kept) override {
    CHECK(kept == options.name.size());
    response.headers.append("x-passed", options.name);
    events.push_back("/" + options.name + std::string(request.route));
    if (options.name == "slow") return wait();
    return {};
  }
  static Task<void> wait() { co_await sleep_for(1); }
  Mark options;
};
std::unique_ptr<detail::Middleware> make_middleware(Mark mark) {
  return std::make_unique<MarkMiddleware>(std::move(mark));
}

Task<Response> timed(Request& request, Next next) {
  events.push_back("timed");
  auto response = co_await next(request);
  response.headers.append("x-timed", "yes");
  events.push_back("/timed");
  co_return response;
}
Task<Response> guarded(Request& request, Next next) {
  if (!request.header("x-key")) throw HttpError(401, "no key");
  co_return co_await next(request);
}

struct OutOfTea : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct OutOfGreenTea : OutOfTea {
  using OutOfTea::OutOfTea;
};
Json tea() { throw OutOfTea("tea"); }
Json green_tea() { throw OutOfGreenTea("green"); }
Json missing() { throw HttpError(404, "no such tea"); }
Json limit(Query<"n", std::int64_t>) { return {}; }
Json broken() { throw std::runtime_error("secret of the house"); }

Response on_out_of_tea(const Request& request, const OutOfTea& error) {
  return Response::json(Json::object({{"out of", error.what()}, {"at", request.route}}), 503);
}
Task<Response> on_green(const Request&, const OutOfGreenTea&) {
  co_await sleep_for(1);
  co_return Response::text("try black", 418);
}
Response on_404(const Request& request, const HttpError&) {
  return Response::text("nothing at " + request.path, 404);
}
Response on_invalid(const Request&, const RequestValidationError& error) {
  return Response::json(error.errors, 400);
}
Response on_anything(const Request&, const std::exception&) { return Response::text("sorry", 500); }

struct Engine {
  ~Engine() {
    if (!name.empty()) events.push_back("~" + name);
  }
  explicit Engine(std::string n) : name(std::move(n)) {}
  Engine(Engine&& other) noexcept : name(std::exchange(other.name, {})) {}
  Engine& operator=(Engine&&) = delete;
  std::string name;
};
struct Settings {
  std::string mode;
};
Task<void> warm_up(Engine& engine, const Settings& settings) {
  co_await sleep_for(1);
  events.push_back("warm " + engine.name + " " + settings.mode);
}
void say_goodbye(const Settings&) { events.push_back("goodbye"); }
Yield<int> connection(Engine&) {
  events.push_back("connect");
  co_yield 1;
  events.push_back("disconnect");
}
void fails_to_start() { throw std::runtime_error("no database"); }
void reads_request(Query<"q", std::string>) {}

std::string get_name(Query<"name", std::string> name) { return *name; }
Task<std::string> greeting(Depends<get_name> name) { co_return "hello " + *name; }
Json greet(Depends<greeting> text) { return Json(*text); }
std::string always_bob() { return "bob"; }

Json wrong_path(Path<"idd", std::string>) { return {}; }
Json needs_settings(const Settings&) { return {}; }
Json form_and_json(Form<"a", std::string>, Body<"b", std::string>) { return {}; }
struct Data {
  std::string text;
};
int more(Body<"name", std::string>) { return 1; }
Json half_named(Data, Depends<more>) { return {}; }
int number() { return 5; }

template <auto Fn>
std::string refused(std::string path, RouteOptions options = {}) {
  auto app = App();
  app.get<Fn>(std::move(path), std::move(options));
  try {
    TestClient client(app);
    return "taken";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("the middleware added last is outermost, and all see the answer on its way out") {
  auto app = App();
  app.get<hello>("/hello");
  app.use(Mark{"inner"}).middleware<timed>().use(Mark{"slow"});
  TestClient client(app);
  auto answer = client.get("/hello");
  CHECK(taken() == "slow timed inner hello /inner/hello /timed /slow/hello");
  CHECK(answer.headers.get("x-timed") == "yes");
  CHECK(client.get("/nothing").headers.contains("x-timed"));
  taken();
}

TEST_CASE("a middleware may answer itself; those around it see that") {
  auto app = App();
  app.get<hello>("/hello");
  app.use(Mark{"inner"}).use(Mark{"gate", true}).use(Mark{"outer"});
  auto answer = TestClient(app).get("/hello");
  CHECK(answer.status == 403);
  CHECK(answer.text == "stopped");
  CHECK(taken() == "outer gate /gate /outer");
}

TEST_CASE("an error in a middleware or handler is answered inside of those around it") {
  auto app = App();
  app.get<hello>("/hello").get<broken>("/broken");
  app.middleware<guarded>().use(Mark{"outer"});
  TestClient client(app, {.raise_server_exceptions = false});
  auto locked = client.get("/hello");
  CHECK(locked.text == R"({"detail":"no key"})");
  CHECK(locked.headers.get("x-passed") == "outer");
  auto fault = client.get("/broken", {{"x-key", "1"}});
  CHECK(fault.status == 500);
  CHECK(fault.text == "Internal Server Error");
  CHECK(fault.headers.get("content-type") == "text/plain; charset=utf-8");
  CHECK(fault.headers.get("x-passed") == "outer");
  taken();
}

TEST_CASE("an exception is answered by the first handler that takes its type") {
  auto app = App();
  app.get<tea>("/tea").get<green_tea>("/green").get<broken>("/broken");
  app.exception_handler<on_green>().exception_handler<on_out_of_tea>();
  TestClient client(app);
  CHECK(client.get("/tea").text == R"({"out of":"tea","at":"/tea"})");
  CHECK(client.get("/green").text == "try black");
  CHECK_THROWS_WITH_AS(client.get("/broken"), "secret of the house", std::runtime_error);
  app.exception_handler<on_anything>();
  CHECK(client.get("/broken").text == "sorry");
}

TEST_CASE("the library's own errors go to handlers by status and by type") {
  auto app = App();
  app.get<missing>("/missing").get<limit>("/limit").post<hello>("/post");
  app.exception_handler<on_404>(404).exception_handler<on_invalid>();
  TestClient client(app);
  CHECK(client.get("/missing").text == "nothing at /missing");
  CHECK(client.get("/nowhere").text == "nothing at /nowhere");
  CHECK(client.get("/post").text == R"({"detail":"Method Not Allowed"})");
  auto invalid = client.get("/limit?n=x");
  CHECK(invalid.status == 400);
  CHECK(invalid.json[0]["type"] == "int_parsing");
}

TEST_CASE("start-up runs in order, shutdown in reverse, what was provided goes last") {
  {
    auto app = App();
    app.provide(Engine("one"));
    app.provide(Settings{"test"});
    app.on_startup<warm_up>().lifespan<connection>().on_shutdown<say_goodbye>();
    app.get<hello>("/");
    {
      TestClient client(app);
      CHECK(taken() == "warm one test connect");
      client.get("/");
      auto other = client.bearer("x");  // the same life
      other.get("/");
      CHECK(taken() == "hello hello");
    }
    CHECK(taken() == "goodbye disconnect");
  }
  CHECK(taken() == "~one");
}

TEST_CASE("a start that fails takes back what had started, and says why") {
  auto app = App();
  app.provide(Engine(""));
  app.lifespan<connection>().on_startup<fails_to_start>();
  CHECK_THROWS_WITH_AS(TestClient{app}, "no database", std::runtime_error);
  CHECK(taken() == "connect disconnect");
}

TEST_CASE("tests replace dependencies by lambdas and functions, and take them back") {
  auto app = App();
  app.get<greet>("/");
  TestClient client(app);
  CHECK(client.get("/?name=ada").text == R"("hello ada")");
  std::string captured = "eve";
  app.override<get_name>([captured] { return captured; });
  CHECK(client.get("/").text == R"("hello eve")");
  app.override<get_name>(always_bob);
  CHECK(client.get("/").text == R"("hello bob")");
  app.override<greeting>(
      [](Query<"word", std::string> word) -> Yield<std::string> { co_yield *word + "!"; });
  CHECK(client.get("/?word=hi").text == R"("hi!")");
  app.clear_override<greeting>().clear_override<get_name>();
  CHECK(client.get("/").status == 422);
}

TEST_CASE("a second value of a type takes the place of the first") {
  {
    auto app = App();
    app.provide(Engine("old")).provide(Engine("new"));
    CHECK(app.provided<Engine>().name == "new");
    CHECK(taken() == "~old");
  }
  taken();
}

TEST_CASE("what cannot work is refused at start-up, with the route, the function and the fix") {
  CHECK(refused<wrong_path>("/{id}") ==
        "route GET \"/{id}\": wrong_path: Path<\"idd\"> is not in the path; write {idd} there");
  CHECK(refused<needs_settings>("/") ==
        "route GET \"/\": needs_settings: nobody provided the Settings; call "
        "app.provide(Settings(…)), or take it by value if it is the JSON body");
  CHECK(refused<form_and_json>("/") ==
        "route GET \"/\": form_and_json: a request has one body: JSON (aggregates, Body) or a form "
        "(Form)");
  CHECK(
      refused<half_named>("/") ==
      "route GET \"/\": more: beside Body<\"name\", T> every part of the body needs a name; write "
      "it as Body<\"name\", T> too");
  CHECK(refused<number>("/", {.media_type = "text/plain"}) ==
        "route GET \"/\": number: media_type \"text/plain\" needs a handler that returns "
        "std::string");

  auto app = App();
  app.on_startup<reads_request>();
  CHECK_THROWS_WITH_AS(TestClient{app},
                       "start-up and shutdown: reads_request: there is no request at start-up and "
                       "shutdown; take only what the app provides",
                       std::invalid_argument);
}

TEST_CASE("the order of the recorded documentation's switches") {
  auto quiet = App({.openapi_url = std::nullopt});
  CHECK(quiet.routes().empty());
  CHECK(TestClient(quiet).get("/docs").status == 404);
  auto app = App({.title = "Tea", .docs_url = std::nullopt, .redoc_url = std::nullopt});
  CHECK(app.options().title == "Tea");
  TestClient client(app);
  CHECK(client.get("/openapi.json").json["info"]["title"] == "Tea");
  CHECK(client.get("/docs").status == 404);
}

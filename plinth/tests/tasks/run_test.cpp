// A task's function, run for one message: arguments, errors, retries.
#include "tasks/run.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "plinth/params.hpp"
#include "plinth/testing.hpp"
#include "tasks/celery.hpp"

namespace {

using namespace plinth;
using namespace plinth::literals;
using tasks::Outcome;

struct Greeting {
  std::string text;
};
struct Person {
  std::string name;
  Int<ge(0)> age;
};
struct CardDeclined : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::int64_t sum(std::int64_t x, std::int64_t y) { return x + y; }
std::string greet(std::string name, std::optional<std::string> title, const Greeting& greeting) {
  return greeting.text + " " + title.value_or("") + name;
}
std::int64_t page(Int<defaults_to(20)> size) { return *size; }
std::string describe(Person person) { return person.name + std::to_string(*person.age); }
Task<void> fail(std::string how) {
  if (how == "value") throw std::invalid_argument("bad");
  if (how == "own") throw CardDeclined("no money");
  if (how == "python") throw TaskError("KeyError", "k");
  if (how == "ignore") throw Ignore{};
  if (how == "reject") throw Reject{.reason = "spam"};
  if (how == "int") throw 5;
  co_return;
}
Task<std::int64_t> again(TaskContext& self) {
  if (self.request().retries < 2) throw self.retry({.countdown = 10});
  co_return self.request().retries;
}
std::string who(TaskContext& self) { return self.request().id + self.request().hostname; }
Greeting hello() { return {"hello"}; }
std::string depends(std::string name, Depends<hello> greeting) { return greeting->text + name; }

inline constexpr auto add = shared_task<sum>({.name = "add", .parameters = {"x", "y"}});
inline constexpr auto greet_task = shared_task<greet>({.name = "greet"});
inline constexpr auto page_task = shared_task<page>({.name = "page"});
inline constexpr auto describe_task = shared_task<describe>({.name = "describe"});
inline constexpr auto fail_task = shared_task<fail>({.name = "fail"});
inline constexpr auto auto_task = shared_task<fail>({.name = "auto",
                                                     .max_retries = 2,
                                                     .autoretry_for = errors<std::invalid_argument>,
                                                     .retry_backoff = 2,
                                                     .retry_jitter = false});
inline constexpr auto again_task = shared_task<again>({.name = "again", .max_retries = 1});
inline constexpr auto who_task = shared_task<who>({.name = "who"});
inline constexpr auto depends_task = shared_task<depends>({.name = "depends"});

struct Ran {
  App app{AppOptions{}};
  Ran() {
    app.provide(Greeting{"Hi"});
    app.provide(Celery("app", {.broker_url = "redis://127.0.0.1:1/0"}));
    app.provided<Celery>().register_tasks(add, greet_task, page_task, describe_task, fail_task,
                                          auto_task, again_task, who_task, depends_task);
    init_celery(app);
  }

  Outcome of(tasks::Message message) {
    auto& celery = app.provided<Celery>().impl();
    const tasks::PlannedTasks planned(celery);
    if (message.id.empty()) message.id = "i";
    return run(tasks::run_task(celery, planned, message, {.hostname = "w@h"}));
  }
  Outcome of(std::string task, std::string args, std::string kwargs = "{}", int retries = 0) {
    return of({.task = std::move(task),
               .args = std::move(args),
               .kwargs = std::move(kwargs),
               .retries = retries});
  }
};

}  // namespace

TEST_CASE("arguments come by position and by name") {
  Ran ran;
  CHECK(ran.of("add", "[2, 3]").result == "5");
  CHECK(ran.of("add", "[2]", R"({"y": 3})").result == "5");
  CHECK(ran.of("add", "[]", R"({"y": 3, "x": 1})").result == "4");
}

TEST_CASE("what may be left out is null or its default; the app lends what it provides") {
  Ran ran;
  CHECK(ran.of("greet", R"(["Ada"])").result == R"("Hi Ada")");
  CHECK(ran.of("greet", R"(["Ada", "Dr. "])").result == R"("Hi Dr. Ada")");
  CHECK(ran.of("page", "[]").result == "20");
  CHECK(ran.of("depends", R"([" you"])").result == R"("hello you")");
}

TEST_CASE("arguments are read by the schema layer") {
  Ran ran;
  CHECK(ran.of("describe", R"([{"name": "Ada", "age": 36}])").result == R"("Ada36")");
  auto bad = ran.of("describe", R"([{"name": "Ada", "age": -1}])");
  CHECK(bad.kind == Outcome::Kind::failure);
  CHECK(bad.error.type == "ValueError");
  CHECK(bad.error.arguments == R"(["argument 1.age: Input should be greater than or equal to 0"])");
}

TEST_CASE("arguments that do not fit are Python's TypeErrors") {
  struct Case {
    const char* args;
    const char* kwargs;
    const char* message;
  };
  const Case cases[] = {
      {"[1]", "{}", R"(["add() missing 1 required positional argument: 'y'"])"},
      {"[1, 2, 3]", "{}", R"(["add() takes 2 positional arguments but 3 were given"])"},
      {"[1, 2]", R"({"x": 3})", R"(["add() got multiple values for argument 'x'"])"},
      {"[1, 2]", R"({"z": 3})", R"(["add() got an unexpected keyword argument 'z'"])"},
  };
  Ran ran;
  for (const auto& each : cases) {
    CAPTURE(each.message);
    auto outcome = ran.of("add", each.args, each.kwargs);
    CHECK(outcome.error.type == "TypeError");
    CHECK(outcome.error.module == "builtins");
    CHECK(outcome.error.arguments == each.message);
  }
}

TEST_CASE("exceptions have the names that a Python client knows") {
  Ran ran;
  auto value = ran.of("fail", R"(["value"])");
  CHECK(value.kind == Outcome::Kind::failure);
  CHECK(value.error.type == "ValueError");
  CHECK(value.error.arguments == R"(["bad"])");
  CHECK(value.error.module == "builtins");
  CHECK(value.traceback ==
        "Traceback (most recent call last):\n  File \"<plinth>\", in fail\nValueError: bad\n");
  CHECK(ran.of("fail", R"(["own"])").error.type == "CardDeclined");
  CHECK(ran.of("fail", R"(["python"])").error.type == "KeyError");
  CHECK(ran.of("fail", R"(["int"])").error.type == "Exception");
  CHECK(ran.of("fail", R"(["ignore"])").kind == Outcome::Kind::ignored);
  auto rejected = ran.of("fail", R"(["reject"])");
  CHECK(rejected.kind == Outcome::Kind::rejected);
  CHECK(rejected.result == "spam");
  CHECK(ran.of("fail", R"(["nothing"])").result == "null");
}

TEST_CASE("a task asks to be tried again, up to max_retries") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  Ran ran;
  auto first = ran.of("again", "[]");
  CHECK(first.kind == Outcome::Kind::retry);
  CHECK(first.retry_at_us == DateTime::parse("2026-01-02T03:04:15Z")->microseconds);
  auto last = ran.of("again", "[]", "{}", 1);
  CHECK(last.kind == Outcome::Kind::failure);
  CHECK(last.error.type == "MaxRetriesExceededError");
  CHECK(last.error.module == "celery.exceptions");
  CHECK(ran.of("again", "[]", "{}", 2).result == "2");
}

TEST_CASE("autoretry waits twice as long each time, and gives up with the error itself") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  Ran ran;
  const auto now = DateTime::now().microseconds;
  CHECK(ran.of("auto", R"(["value"])").retry_at_us == now + 2'000'000);
  CHECK(ran.of("auto", R"(["value"])", "{}", 1).retry_at_us == now + 4'000'000);
  CHECK(ran.of("auto", R"(["value"])", "{}", 1).error.type == "ValueError");
  auto last = ran.of("auto", R"(["value"])", "{}", 2);
  CHECK(last.kind == Outcome::Kind::failure);
  CHECK(last.error.type == "ValueError");
  CHECK(ran.of("auto", R"(["own"])").kind == Outcome::Kind::failure);
}

TEST_CASE("map and starmap run a task for each item") {
  Ran ran;
  CHECK(ran.of("celery.starmap", "[]", R"({"task": {"task": "add"}, "it": [[1, 2], [3, 4]]})")
            .result == "[3, 7]");
  CHECK(ran.of("celery.map", "[]", R"({"task": {"task": "page"}, "it": [1, 2]})").result ==
        "[1, 2]");
  CHECK(ran.of("celery.map", "[]", R"({"task": {"task": "nope"}, "it": [1]})").error.type ==
        "NotRegistered");
}

TEST_CASE("a task knows its message") {
  Ran ran;
  CHECK(ran.of("who", "[]").result == R"("iw@h")");
}

TEST_CASE("a task that asks for something nobody provided is refused before anything runs") {
  App app{AppOptions{}};
  app.provide(Celery("app", {.broker_url = "redis://127.0.0.1:1/0"}));
  app.provided<Celery>().register_task(greet_task);
  init_celery(app);
  CHECK_THROWS_WITH_AS(tasks::PlannedTasks(app.provided<Celery>().impl()),
                       doctest::Contains("task \"greet\": greet: nobody provided the"),
                       std::invalid_argument);
}

TEST_CASE("two tasks of one name are refused") {
  Celery celery("app", {.broker_url = "redis://127.0.0.1:1/0"});
  celery.register_task(add);
  CHECK_THROWS_WITH_AS(celery.register_task(add),
                       "task \"add\" is registered twice; each needs a name of its own",
                       std::invalid_argument);
}

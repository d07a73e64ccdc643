#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/loop.hpp"
#include "base/worker_pool.hpp"
#include "plinth/error.hpp"
#include "plinth/task.hpp"

using namespace plinth;

namespace {

Task<int> number(int value) { co_return value; }

Task<int> later(int value) {
  co_await sleep_for(0);
  co_return value;
}

Task<int> failing() {
  co_await sleep_for(0);
  throw HttpError(418);
}

struct Noted {
  std::vector<std::string>* notes;
  std::string name;
  Noted(std::vector<std::string>& to, std::string text) : notes(&to), name(std::move(text)) {}
  Noted(const Noted&) = delete;
  Noted& operator=(const Noted&) = delete;
  ~Noted() { notes->push_back(name); }
};

}  // namespace

TEST_CASE("a task gives its value, whether it waited or not") {
  CHECK(run(number(5)) == 5);
  CHECK(run(later(7)) == 7);
}

TEST_CASE("an exception passes through the tasks that await") {
  auto outer = []() -> Task<int> { co_return co_await failing() + 1; };
  CHECK_THROWS_AS(run(outer()), HttpError);
}

TEST_CASE("a million ready awaits do not grow the stack") {
  auto sum = []() -> Task<long> {
    long total = 0;
    for (int i = 0; i < 1'000'000; ++i) total += co_await number(1);
    co_return total;
  };
  CHECK(run(sum()) == 1'000'000);
}

TEST_CASE("a task that was never awaited frees its frame and its arguments") {
  auto kept = std::make_shared<int>(1);
  {
    auto task = [](std::shared_ptr<int> held) -> Task<int> { co_return *held; }(kept);
    CHECK(kept.use_count() == 2);
  }
  CHECK(kept.use_count() == 1);
}

TEST_CASE("destroying a waiting task destroys the frames it awaits, innermost first") {
  std::vector<std::string> notes;
  auto inner = [](std::vector<std::string>& to) -> Task<> {
    Noted noted(to, "inner");
    co_await sleep_for(60'000);
  };
  auto outer = [&inner](std::vector<std::string>& to) -> Task<> {
    Noted noted(to, "outer");
    co_await inner(to);
  };
  auto body = [&]() -> Task<> {
    auto waiting = outer(notes);
    waiting.start();
    CHECK_FALSE(waiting.done());
    CHECK(notes.empty());
    waiting = {};
    co_await sleep_for(0);
  };
  run(body());
  CHECK(notes == std::vector<std::string>{"inner", "outer"});
}

TEST_CASE("a parent takes along a child that was moved into its await") {
  std::vector<std::string> notes;
  auto child = [](std::vector<std::string>& to) -> Task<> {
    Noted noted(to, "child");
    co_await sleep_for(60'000);
  };
  auto parent = [](Task<>& lent) -> Task<> { co_await std::move(lent); };
  auto body = [&]() -> Task<> {
    auto lent = child(notes);
    auto waiting = parent(lent);
    waiting.start();
    waiting = {};
    CHECK(notes == std::vector<std::string>{"child"});
    co_return;
  };
  run(body());
}

TEST_CASE("in_thread runs elsewhere and resumes here") {
  const auto here = std::this_thread::get_id();
  auto body = [&]() -> Task<> {
    const auto there = co_await in_thread([] { return std::this_thread::get_id(); });
    CHECK(there != here);
    CHECK(std::this_thread::get_id() == here);
    co_await in_thread([text = std::string(100, 'x')] { CHECK(text.size() == 100); });
  };
  run(body());
}

TEST_CASE("what a function in a thread throws is thrown here") {
  auto body = []() -> Task<> { co_await in_thread([] { throw HttpError(409, "taken"); }); };
  CHECK_THROWS_WITH_AS(run(body()), "409: taken", HttpError);
}

TEST_CASE("a run inside a running loop is refused") {
  auto body = []() -> Task<> {
    static_cast<void>(run(number(1)));
    co_return;
  };
  CHECK_THROWS_AS(run(body()), std::logic_error);
  CHECK(run(number(2)) == 2);
}

TEST_CASE("a yield lends its value until exit, then runs its rest") {
  std::vector<std::string> notes;
  auto lend = [](std::vector<std::string>& to) -> Yield<std::string> {
    co_await sleep_for(0);
    co_yield std::string("lent");
    co_await sleep_for(0);
    to.push_back("cleaned");
  };
  auto body = [&]() -> Task<> {
    auto yield = lend(notes);
    auto* value = co_await yield.enter();
    CHECK(*value == "lent");
    CHECK(notes.empty());
    co_await yield.exit(nullptr);
  };
  run(body());
  CHECK(notes == std::vector<std::string>{"cleaned"});
}

TEST_CASE("co_yield throws what the user of the value threw") {
  auto lend = []() -> Yield<int> {
    int value = 1;
    try {
      co_yield value;
    } catch (const std::runtime_error&) {
      throw HttpError(409);
    }
  };
  auto body = [&]() -> Task<> {
    auto yield = lend();
    co_await yield.enter();
    co_await yield.exit(std::make_exception_ptr(std::runtime_error("broken")));
  };
  CHECK_THROWS_AS(run(body()), HttpError);
}

TEST_CASE("a yield that ends without a value, or gives two, is a programming error") {
  auto none = []() -> Yield<int> {
    if (false) co_yield 1;
  };
  auto two = []() -> Yield<int> {
    co_yield 1;
    co_yield 2;
  };
  auto enter = [](Yield<int> yield) -> Task<> {
    co_await yield.enter();
    co_await yield.exit(nullptr);
  };
  CHECK_THROWS_AS(run(enter(none())), std::logic_error);
  CHECK_THROWS_AS(run(enter(two())), std::logic_error);
}

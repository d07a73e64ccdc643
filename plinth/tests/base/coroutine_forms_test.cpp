// Natural coroutine forms that g++ 12 compiles wrongly and silently: wrong values, double frees. A
// compiler that does so is found here and not in production.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "plinth/task.hpp"

using namespace plinth;

namespace {

const std::string long_text = "a text that is too long to be kept inside of a string";

struct Options {
  std::string name;
  std::vector<std::string> items = {};
  int count = 0;
};

Task<bool> yes() { co_return true; }
Task<bool> no() {
  co_await sleep_for(0);
  co_return false;
}
Task<int> two() { co_return 2; }
Task<std::string> text() {
  co_await sleep_for(0);
  co_return long_text;
}
Task<Options> options(std::string name) { co_return Options{.name = std::move(name)}; }
Task<std::string> name_of(Options given) { co_return given.name; }
Task<std::string> name_of_reference(const Options& given) { co_return given.name; }
Task<std::size_t> count(std::vector<std::string> items) {
  co_await sleep_for(0);
  co_return items.size();
}
template <class Function>
Task<std::string> call(Function function) {
  co_await sleep_for(0);
  co_return function();
}

}  // namespace

TEST_CASE("co_await in conditions") {
  const auto branch = []() -> Task<int> {
    if (co_await yes()) co_return 1;
    co_return 2;
  };
  const auto negated = []() -> Task<int> {
    if (!co_await no()) co_return 1;
    co_return 2;
  };
  const auto both = []() -> Task<bool> { co_return co_await yes() && !co_await no(); };
  const auto looped = []() -> Task<int> {
    int rounds = 0;
    while (co_await yes()) {
      if (++rounds == 3) break;
    }
    co_return rounds;
  };
  const auto switched = []() -> Task<int> {
    switch (co_await two()) {
      case 2:
        co_return 20;
      default:
        co_return 0;
    }
  };
  const auto chosen = [](bool which) -> Task<std::string> {
    co_return which ? co_await name_of(Options{long_text}) : co_await text();
  };
  CHECK(run(branch()) == 1);
  CHECK(run(negated()) == 1);
  CHECK(run(both()));
  CHECK(run(looped()) == 3);
  CHECK(run(switched()) == 20);
  CHECK(run(chosen(true)) == long_text);
  CHECK(run(chosen(false)) == long_text);
}

TEST_CASE("aggregates in awaited calls") {
  const auto designated = []() -> Task<std::string> {
    co_return co_await name_of({.name = long_text});
  };
  const auto temporary = []() -> Task<std::string> {
    co_return co_await name_of(Options{long_text});
  };
  const auto reference = []() -> Task<std::string> {
    co_return co_await name_of_reference(Options{long_text});
  };
  const auto from_awaited = []() -> Task<std::string> {
    Options built{.name = co_await text(), .count = co_await two()};
    built = Options{co_await text(), {}, 3};
    co_return built.name;
  };
  const auto member = []() -> Task<std::string> {
    Options built{.name = (co_await options(long_text)).name};
    co_return built.name;
  };
  const auto returned = []() -> Task<Options> { co_return Options{co_await text(), {}, 3}; };
  const auto braced = []() -> Task<Options> { co_return {long_text, {}, 4}; };
  CHECK(run(designated()) == long_text);
  CHECK(run(temporary()) == long_text);
  CHECK(run(reference()) == long_text);
  CHECK(run(from_awaited()) == long_text);
  CHECK(run(member()) == long_text);
  CHECK(run(returned()).name == long_text);
  CHECK(run(braced()).count == 4);
}

TEST_CASE("lists in awaited calls") {
  const auto list = []() -> Task<std::size_t> { co_return co_await count({long_text, long_text}); };
  const auto of_awaited = []() -> Task<std::string> {
    const std::vector<std::string> both{co_await text(), co_await text()};
    co_return both[0] + both[1];
  };
  const auto ranged = []() -> Task<std::size_t> {
    std::size_t size = 0;
    for (const char c : co_await text()) size += c != '\0';
    co_return size;
  };
  CHECK(run(list()) == 2);
  CHECK(run(of_awaited()) == long_text + long_text);
  CHECK(run(ranged()) == long_text.size());
}

TEST_CASE("owning lambdas in awaited calls") {
  const auto moved = []() -> Task<std::string> {
    auto owned = std::make_unique<std::string>(long_text);
    co_return co_await call([kept = std::move(owned)] { return *kept; });
  };
  const auto copied = []() -> Task<std::string> {
    const auto kept = long_text;
    co_return co_await call([kept] { return kept; });  // NOLINT(performance-no-automatic-move)
  };
  const auto threaded = []() -> Task<std::string> {
    auto kept = long_text;
    co_return co_await in_thread([mine = std::move(kept)] { return mine; });
  };
  CHECK(run(moved()) == long_text);
  CHECK(run(copied()) == long_text);
  CHECK(run(threaded()) == long_text);
}

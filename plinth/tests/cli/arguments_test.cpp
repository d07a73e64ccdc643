#include "cli/arguments.hpp"

#include <doctest/doctest.h>

#include <array>

using plinth::Arguments;
using plinth::parse_arguments;
using plinth::UsageError;

namespace {

constexpr std::array<std::string_view, 2> options{"--port", "-m"};
constexpr std::array<std::string_view, 1> flags{"--sql"};

Arguments parse(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  return parse_arguments(pointers, options, flags);
}

std::string complaint(std::vector<std::string> words) {
  try {
    parse(std::move(words)).number_or("--port", 8000, 0, 65535);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("options, flags and other words are told apart") {
  auto parsed = parse({"upgrade", "--port", "81", "-m=a message", "--sql", "head", "-1"});
  CHECK(parsed.number_or("--port", 8000, 0, 65535) == 81);
  CHECK(parsed.value_or("-m", "") == "a message");
  CHECK(parsed.has("--sql"));
  CHECK(parsed.rest == std::vector<std::string>{"upgrade", "head", "-1"});
}

TEST_CASE("an option that is absent has its fallback") {
  auto parsed = parse({});
  CHECK(parsed.number_or("--port", 8000, 0, 65535) == 8000);
  CHECK(parsed.value_or("-m", "none") == "none");
  CHECK_FALSE(parsed.has("--sql"));
}

TEST_CASE("a wrong word is named with what may stand there") {
  CHECK(complaint({"--prot", "1"}) == "unknown option --prot; options here: --port -m --sql");
  CHECK(complaint({"--port"}) == "--port needs a value");
  CHECK(complaint({"--port", "99999"}) ==
        "--port: \"99999\" is not a whole number from 0 to 65535");
  CHECK(complaint({"--port", "8x"}) == "--port: \"8x\" is not a whole number from 0 to 65535");
}

#include "redis/reply.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "redis/command.hpp"
#include "redis/errors.hpp"

using namespace plinth::redis;

namespace {

std::string shown(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      return "nil";
    case Reply::Kind::status:
      return "+" + reply.text;
    case Reply::Kind::error:
      return "-" + reply.text;
    case Reply::Kind::integer:
      return std::to_string(reply.integer);
    case Reply::Kind::bulk:
      return "'" + reply.text + "'";
    case Reply::Kind::array:
      break;
  }
  std::string text = "[";
  for (const auto& item : reply.items) text += (text.size() > 1 ? " " : "") + shown(item);
  return text + "]";
}

std::string read_all(const std::string& bytes, std::size_t step) {
  ReplyReader reader(1000);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    reader.feed(std::string_view(bytes).substr(i, step));
    while (const auto reply = reader.next()) text += shown(*reply) + ";";
  }
  return text;
}

std::string trouble(const std::string& bytes, std::size_t limit) {
  ReplyReader reader(limit);
  try {
    reader.feed(bytes);
    while (reader.next()) {
    }
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("replies are the same however their bytes are cut") {
  const std::string bytes =
      "+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n*0\r\n*-1\r\n"
      "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n-WRONGTYPE no\r\n";
  const std::string expected =
      "+OK;-ERR no;-7;nil;'a\r\nbc';'';[];nil;[1 ['x' nil] -WRONGTYPE no];";
  for (const std::size_t step : {1UL, 2UL, 3UL, 7UL, 1000UL}) {
    CHECK(read_all(bytes, step) == expected);
  }
}

TEST_CASE("what is no reply, or has no end, is refused") {
  CHECK(trouble("HTTP/1.1 400 Bad Request\r\n", 1000).find("does not speak Redis's protocol") !=
        std::string::npos);
  CHECK(trouble("$1000000\r\n" + std::string(2000, 'x'), 1000) ==
        "a reply of Redis has more than 1000 bytes");
  CHECK(trouble("*2000000000\r\n", 1000) == "a reply of Redis has more than 1000 bytes");
  std::string many = "*9\r\n";
  for (int i = 0; i < 9; ++i) many += "$100\r\n" + std::string(100, 'x') + "\r\n";
  CHECK(trouble(many, 1000) == "a reply of Redis has more than 1000 bytes");
  std::string nested;
  for (int i = 0; i < 64; ++i) nested += "*1\r\n";
  CHECK(trouble(nested, 1'000'000).find("protocol") != std::string::npos);
}

TEST_CASE("commands are written with the sizes of their words") {
  std::string bytes;
  append_command(bytes, {"SET", "k\r\n", ""});
  append_command(bytes, {"PING"});
  CHECK(bytes == "*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n");
}

TEST_CASE("errors are those that pass and those that stay") {
  const auto error = [](const char* text) {
    return Reply{.kind = Reply::Kind::error, .text = text};
  };
  CHECK_THROWS_AS(checked(error("LOADING Redis is loading the dataset in memory")), Unavailable);
  CHECK_THROWS_AS(checked(error("OOM command not allowed when used memory > 'maxmemory'.")),
                  Unavailable);
  CHECK_THROWS_AS(checked(error("BUSY Redis is busy running a script.")), Unavailable);
  try {
    checked(error("WRONGTYPE Operation against a key"));
    FAIL("an error was taken for a reply");
  } catch (const CommandError& refused) {
    CHECK(refused.prefix() == "WRONGTYPE");
    CHECK(std::string(refused.what()) == "WRONGTYPE Operation against a key");
  }
  CHECK(checked({.kind = Reply::Kind::integer, .integer = 3}).integer == 3);
}

TEST_CASE("a script is known by the SHA-1 of its text") {
  // As redis-cli SCRIPT LOAD says.
  CHECK(Script("return 1").sha() == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

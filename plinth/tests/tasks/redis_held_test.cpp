#include "tasks/redis_held.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tasks/message.hpp"

using namespace plinth;
using namespace plinth::tasks;

TEST_CASE("a held message is taken apart whatever its text is") {
  const auto held = read_held(R"([{"body": "x", "a": "[\", \"\"]"}, "tasks", "a\"b\\"])");
  REQUIRE(held);
  CHECK(held->text == R"({"body": "x", "a": "[\", \"\"]"})");
  CHECK(held->exchange == "tasks");
  CHECK(held->routing_key == "a\"b\\");
  CHECK(!held->deferred);

  const std::string poison("no JSON\0\xff, \"", 12);
  const auto value = "[" + poison + held_closing("mail");
  CHECK(read_held(value)->text == poison);
  CHECK(read_held(value)->exchange.empty());
  CHECK(read_held(value)->routing_key == "mail");
  const auto deferred = value.substr(0, value.size() - 1) + " ]";
  CHECK(read_held(deferred)->deferred);
  CHECK(read_held(deferred)->text == poison);
}

TEST_CASE("what is not held as kombu holds messages is not taken apart") {
  for (const auto* value : {"", "[", "[]", R"([{}, "a"])", R"({}, "", "a"])", R"([{}, "", "a")",
                            R"([{}, "", 5])", R"([{}, 5, "a"])", R"([", "a"])"}) {
    CHECK_MESSAGE(!read_held(value), value);
  }
}

TEST_CASE("each delivery is noted in the message, and nothing else changes") {
  const std::string text =
      R"({"body": "W10=", "headers": {"task": "add", "n": 1.50}, )"
      R"("properties": {"delivery_info": {"exchange": "", "routing_key": "q"}, "priority": 6}})";
  CHECK(deliveries_of(text) == 0);
  CHECK(priority_of(text) == 6);
  const auto again = redelivered(text, 1);
  CHECK(again == R"({"body": "W10=", "headers": {"task": "add", "n": 1.5, "redelivered": true, )"
                 R"("x-delivery-count": 1}, "properties": {"delivery_info": {"exchange": "", )"
                 R"("routing_key": "q", "redelivered": true}, "priority": 6}})");
  CHECK(deliveries_of(again) == 1);
  CHECK(deliveries_of(redelivered(again, 2)) == 2);
  CHECK(as_sent(redelivered(again, 2)) ==
        R"({"body": "W10=", "headers": {"task": "add", "n": 1.5}, )"
        R"("properties": {"delivery_info": {"exchange": "", "routing_key": "q"}, "priority": 6}})");
}

TEST_CASE("Python's workers mark a message, and do not count") {
  CHECK(deliveries_of(R"({"headers": {"redelivered": true}})") == 1);
  CHECK(deliveries_of(R"({"headers": {"redelivered": false}})") == 0);
  CHECK(deliveries_of(R"({"headers": {"note": "\"redelivered\""}})") == 0);
  CHECK(deliveries_of(R"({"headers": {"redelivered": true, "x-delivery-count": -3}})") == 0);
}

TEST_CASE("what is no message stays as it is") {
  CHECK(redelivered("no JSON", 1) == "no JSON");
  CHECK(redelivered("[1]", 1) == "[1]");
  CHECK(redelivered(R"({"headers": 5})", 1) == R"({"headers": 5})");
  CHECK(deliveries_of("redelivered\"") == 0);
  CHECK(priority_of("no JSON") == 0);
}

TEST_CASE("the notes are what the message says when it is decoded") {
  const auto text = redelivered(encode(Message{.task = "add", .id = "1"}), 3);
  const auto message = std::get<Message>(decode(text));
  CHECK(message.redelivered);
  CHECK(message.delivery_count == 3);
  CHECK(as_sent(text).find("redelivered") == std::string::npos);
}

#include "logging/format.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "base/log_escape.hpp"
#include "plinth/json.hpp"

using namespace plinth;
using logging::Field;
using logging::Level;

namespace {

// 2026-11-22T14:49:05.514340Z
constexpr std::int64_t moment = 1'795'358'945'514'340;

std::string json_line(std::string_view message, std::initializer_list<Field> fields = {},
                      std::string_view request_id = {}) {
  std::string out;
  logging::append_json_line(out,
                            {.level = Level::info,
                             .message = message,
                             .fields = {fields.begin(), fields.size()},
                             .logger = "app"},
                            {moment, request_id});
  return out;
}

std::string console_line(std::string_view message, std::initializer_list<Field> fields = {},
                         std::string_view request_id = {}, bool color = false) {
  std::string out;
  logging::append_console_line(out,
                               {.level = Level::warning,
                                .message = message,
                                .fields = {fields.begin(), fields.size()},
                                .logger = "app"},
                               {moment, request_id}, color);
  return out;
}

}  // namespace

TEST_CASE("a JSON line has time, level, logger, message, request id and fields") {
  CHECK(json_line("order taken", {{"order_id", 7}, {"paid", true}, {"sum", 1.5}, {"by", "Ann"}},
                  "abc") ==
        "{\"time\":\"2026-11-22T14:49:05.514340Z\",\"level\":\"INFO\",\"logger\":\"app\","
        "\"message\":\"order taken\",\"request_id\":\"abc\",\"order_id\":7,\"paid\":true,"
        "\"sum\":1.5,\"by\":\"Ann\"}\n");
}

TEST_CASE("a console line has the same for reading") {
  CHECK(console_line("order taken", {{"order_id", 7}, {"by", "Ann Lee"}, {"note", ""}}, "abc") ==
        "2026-11-22T14:49:05.514 WARNING  app: order taken order_id=7 by=\"Ann Lee\" note=\"\" "
        "request_id=abc\n");
}

TEST_CASE("colour is around time and level only") {
  CHECK(console_line("x", {}, {}, true) ==
        "\x1b[2m2026-11-22T14:49:05.514\x1b[0m \x1b[33mWARNING\x1b[0m  app: x\n");
}

TEST_CASE("numbers that JSON has not are null") {
  CHECK(
      json_line("x", {{"n", std::numeric_limits<double>::infinity()}}).ends_with(",\"n\":null}\n"));
}

TEST_CASE("nothing that a client sends starts a line or drives a terminal") {
  const std::string_view hostile =
      "a\nb\r\x1b[2Jc\t\x7f\xc2\x9b"
      "d\xe2\x80\xa8"
      "e\xe2\x80\xae"
      "f\xff";
  CHECK(console_line("m", {{"v", hostile}})
            .ends_with("v=a\\nb\\r\\x1b[2Jc\\t\\x7f\\x9bd\\u2028e\\u202ef\\xff\n"));
  CHECK(json_line("m", {{"v", hostile}})
            .ends_with("\"v\":\"a\\nb\\r\\u001b[2Jc\\t\\u007f\\u009bd\\u2028e\\u202ef\xef\xbf\xbd"
                       "\"}\n"));
}

TEST_CASE("a value cannot end its quotes or look like another field") {
  CHECK(console_line("m", {{"v", "x\" level=ERROR y=\"\\"}})
            .ends_with("v=\"x\\\" level=ERROR y=\\\"\\\\\"\n"));
}

TEST_CASE("a JSON line reads back as what was logged") {
  const std::string_view text = "qu\"ote \\ sl/ash \xf0\x9f\x98\x80 \xc3\xa9 \x01";
  auto read = Json::parse(json_line(text, {{text, text}}));
  CHECK(read["message"].str() == text);
  CHECK(read[text].str() == text);
}

TEST_CASE("long values are cut at a character and told") {
  std::string out;
  base::append_plain(out, "aa\xc3\xa9zz", 3);
  CHECK(out == "aa... (6 bytes)");
  const auto line = json_line("m", {{"v", std::string(5000, 'x')}});
  CHECK(line.size() < 4400);
  CHECK(line.find("... (5000 bytes)\"}") != std::string::npos);
}

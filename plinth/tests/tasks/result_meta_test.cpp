#include "tasks/result_meta.hpp"

#include <doctest/doctest.h>

#include "recorded.hpp"

using namespace plinth;
using namespace plinth::tasks;

TEST_CASE("a result is written as Celery 5.6 writes it") {
  const auto element = tasks_test::recorded("celery_messages_5_6.jsonl")[1]["element"].str();
  const auto meta = decode_result(element);
  REQUIRE(meta);
  CHECK(meta->status == states::success);
  CHECK(meta->result == "null");
  CHECK(encode(*meta) == element);
}

TEST_CASE("a result of 5.2.6 is done at a time in UTC") {
  const auto meta = decode_result(
      R"({"status": "SUCCESS", "result": 3, "traceback": null, "children": [[["c", null], null]], "date_done": "2026-11-22T15:31:41.905513", "group_id": "g", "parent_id": "p", "task_id": "t"})");
  REQUIRE(meta);
  CHECK(meta->date_done == DateTime::parse("2026-11-22T15:31:41.905513Z"));
  CHECK(
      encode(*meta) ==
      R"({"status": "SUCCESS", "result": 3, "traceback": null, "children": [[["c", null], null]], "date_done": "2026-11-22T15:31:41.905513+00:00", "group_id": "g", "parent_id": "p", "task_id": "t"})");
}

TEST_CASE("an exception is a result, too") {
  const ExceptionInfo info{"ValueError", R"(["bad"])", "builtins"};
  const ResultMeta meta{
      .task_id = "t", .status = "RETRY", .result = info.json(), .traceback = "Traceback:\n  é"};
  CHECK(
      encode(meta) ==
      R"({"status": "RETRY", "result": {"exc_type": "ValueError", "exc_message": ["bad"], "exc_module": "builtins"}, "traceback": "Traceback:\n  \u00e9", "children": [], "date_done": null, "task_id": "t"})");
  const auto again = decode_result(encode(meta));
  REQUIRE(again);
  CHECK(again->traceback == "Traceback:\n  é");
  const auto read = ExceptionInfo::read(again->result);
  REQUIRE(read);
  CHECK(read->repr() == "ValueError('bad')");
  CHECK(read->module == "builtins");
}

TEST_CASE("an extended result tells of the task") {
  const ResultMeta meta{
      .task_id = "t",
      .status = "SUCCESS",
      .result = "1",
      .extended = ResultMeta::Extended{
          .name = "add", .args = "[1,2]", .worker = "w@h", .retries = 1, .queue = "mail"}};
  const auto text = encode(meta);
  CHECK(text.ends_with(
      R"("date_done": null, "name": "add", "args": [1, 2], "kwargs": {}, "worker": "w@h", "retries": 1, "queue": "mail", "task_id": "t"})"));
  const auto again = decode_result(text);
  REQUIRE((again && again->extended));
  CHECK(again->extended->args == "[1, 2]");
  CHECK(again->extended->queue == "mail");
}

TEST_CASE("a tagged value in a result becomes a text") {
  const auto meta = decode_result(
      R"({"status":"SUCCESS","result":{"__type__":"decimal","__value__":"1.50"},"task_id":"t"})");
  REQUIRE(meta);
  CHECK(meta->result == R"("1.50")");
}

TEST_CASE("a saved group is written and read as GroupResult.save() does") {
  const SavedGroup group{.id = "g", .task_ids = {"a", "b"}};
  CHECK(encode(group) ==
        R"({"result": [["g", null], [[["a", null], null], [["b", null], null]]]})");
  const auto again = decode_group(encode(group));
  REQUIRE(again);
  CHECK(again->id == "g");
  CHECK(again->task_ids == group.task_ids);
  const auto child = decode_group(encode(SavedGroup{.id = "g", .parent_id = "p"}));
  REQUIRE(child);
  CHECK(child->parent_id == "p");
}

TEST_CASE("what is no result is none") {
  for (const char* text : {"", "[]", "{}", R"({"status":5})", R"({"status":"SUCCESS")"}) {
    CHECK_FALSE(decode_result(text));
  }
  for (const char* text : {"", R"({"result":[]})", R"({"result":[["g"],[[[]]]]})",
                           R"({"result":[[1,null],[]]})", R"({"result":[["g",null],5]})"}) {
    CHECK_FALSE(decode_group(text));
  }
  CHECK_FALSE(ExceptionInfo::read(R"({"exc_message":["bad"]})"));
  CHECK_FALSE(ExceptionInfo::read("3"));
}

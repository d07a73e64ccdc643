// Which messages a call of a task, chain, group or chord comes to.
#include "tasks/compose.hpp"

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "plinth/params.hpp"
#include "plinth/tasks.hpp"
#include "tasks/celery.hpp"

namespace {

using namespace plinth;
using namespace plinth::literals;
using tasks::Message;

std::int64_t sum(std::int64_t x, std::int64_t y) { return x + y; }
inline constexpr auto add = shared_task<sum>({.name = "add"});
std::int64_t total(std::vector<std::int64_t> numbers) {
  return static_cast<std::int64_t>(numbers.size());
}
inline constexpr auto tsum = shared_task<total>({.name = "tsum", .queue = "sums", .priority = 3});

// Connects nowhere: nothing is sent.
Celery offline() {
  Celery celery("app", {.broker_url = "redis://127.0.0.1:1/0", .task_default_queue = "default"});
  celery.register_tasks(add, tsum);
  return celery;
}

Message message_of(const tasks::Outgoing& outgoing) {
  auto decoded = tasks::decode(outgoing.text);
  REQUIRE(std::holds_alternative<Message>(decoded));
  return std::get<Message>(decoded);
}

tasks::Composed composed(const Celery& celery, Signature signature,
                         const tasks::Parent& parent = {}, const Json::Array& before = {}) {
  return tasks::compose(celery.impl(), std::move(signature), parent, before);
}

}  // namespace

TEST_CASE("a signature is one message to its task's queue, and its own root") {
  auto celery = offline();
  auto call = composed(celery, tsum.s(std::vector<std::int64_t>{1, 2}));
  REQUIRE(call.messages.size() == 1);
  CHECK(call.messages[0].queue == "sums");
  CHECK(call.messages[0].priority == 3);
  auto message = message_of(call.messages[0]);
  CHECK(message.task == "tsum");
  CHECK(message.id == call.id);
  CHECK(message.root_id == call.id);
  CHECK(message.parent_id.empty());
  CHECK(Json::parse(message.args) == "[[1, 2]]"_json);
}

TEST_CASE("a call within a task is its child and has its root") {
  auto celery = offline();
  auto message = message_of(composed(celery, add.s(1, 2), {.root_id = "r", .id = "p"}).messages[0]);
  CHECK(message.root_id == "r");
  CHECK(message.parent_id == "p");
}

TEST_CASE("the result of what ran before comes before the arguments, but not of an immutable one") {
  auto celery = offline();
  CHECK(Json::parse(message_of(composed(celery, add.s(4), {}, {Json(3)}).messages[0]).args) ==
        "[3, 4]"_json);
  CHECK(Json::parse(message_of(composed(celery, add.si(1, 2), {}, {Json(3)}).messages[0]).args) ==
        "[1, 2]"_json);
}

TEST_CASE("of a chain the first task is sent; it carries the others, the next one last") {
  auto celery = offline();
  auto call = composed(celery, chain(add.s(1, 2), add.s(3), add.s(4)));
  REQUIRE(call.messages.size() == 1);
  auto first = message_of(call.messages[0]);
  CHECK(Json::parse(first.args) == "[1, 2]"_json);
  auto rest = Json::parse(first.chain);
  REQUIRE(rest.size() == 2);
  CHECK(rest[0]["args"] == "[4]"_json);
  CHECK(rest[1]["args"] == "[3]"_json);
  CHECK(rest[0]["options"]["task_id"] == Json(call.id));
  CHECK(first.id != call.id);
}

TEST_CASE("a chain within a chain is its tasks") {
  auto celery = offline();
  auto call = composed(celery, chain(add.s(1, 2), chain(add.s(3), add.s(4)), add.s(5)));
  CHECK(Json::parse(message_of(call.messages[0]).chain).size() == 3);
}

TEST_CASE("the tasks of a group share its id") {
  auto celery = offline();
  auto call = composed(celery, group(add.s(1, 2), add.s(3, 4)));
  REQUIRE(call.messages.size() == 2);
  REQUIRE(call.parts.size() == 2);
  auto second = message_of(call.messages[1]);
  CHECK(second.group == call.id);
  CHECK_FALSE(second.group_index.has_value());
  CHECK(second.id == call.parts[1]);
  CHECK(call.chords.empty());
}

TEST_CASE("a chord's header carries its body, and how many parts there are is told") {
  auto celery = offline();
  auto call = composed(celery, chord({add.s(1, 2), add.s(3, 4)}, tsum.s()));
  REQUIRE(call.messages.size() == 2);
  REQUIRE(call.chords.size() == 1);
  CHECK(call.chords[0].second == 2);
  auto part = message_of(call.messages[0]);
  CHECK(part.group == call.chords[0].first);
  auto body = Json::parse(part.chord);
  CHECK(body["task"] == Json("tsum"));
  CHECK(body["options"]["task_id"] == Json(call.id));
}

TEST_CASE("a chord without a header runs its body with no results") {
  auto celery = offline();
  auto call = composed(celery, chord({}, tsum.s()));
  REQUIRE(call.messages.size() == 1);
  auto body = message_of(call.messages[0]);
  CHECK(body.task == "tsum");
  CHECK(Json::parse(body.args) == "[[]]"_json);
}

TEST_CASE("a group that is followed in a chain is the header of a chord") {
  auto celery = offline();
  auto call = composed(celery, chain(group(add.s(1, 2), add.s(3, 4)), tsum.s(), add.s(1)));
  REQUIRE(call.messages.size() == 2);
  auto body = Json::parse(message_of(call.messages[0]).chord);
  CHECK(body["task"] == Json("celery.chain"));
  CHECK(body["kwargs"]["tasks"][0]["task"] == Json("tsum"));
  CHECK(body["kwargs"]["tasks"][1]["args"] == "[1]"_json);
}

TEST_CASE("of a chain in a chord's header the last task is the part") {
  auto celery = offline();
  auto call = composed(celery, chord({chain(add.s(1, 2), add.s(3)), add.s(5, 6)}, tsum.s()));
  REQUIRE(call.messages.size() == 2);
  CHECK(call.chords[0].second == 2);
  auto first = message_of(call.messages[0]);
  CHECK(first.chord.empty());
  auto last = Json::parse(first.chain)[0];
  CHECK(last["options"]["group_id"] == Json(call.chords[0].first));
  CHECK(last["options"]["group_index"] == Json(0));
  CHECK(last["options"]["chord"]["task"] == Json("tsum"));
}

TEST_CASE("chunks are a group of starmaps") {
  auto celery = offline();
  auto call = composed(celery, add.chunks({{1, 2}, {3, 4}, {5, 6}}, 2));
  REQUIRE(call.messages.size() == 2);
  auto first = message_of(call.messages[0]);
  CHECK(first.task == "celery.starmap");
  CHECK(Json::parse(first.kwargs)["it"] == "[[1, 2], [3, 4]]"_json);
  CHECK(Json::parse(first.kwargs)["task"]["task"] == Json("add"));
}

TEST_CASE("options of a call are in its message") {
  auto celery = offline();
  auto outgoing = tasks::compose_call(celery.impl(), nullptr, "mail.send", "[]", "{}",
                                      {.eta = DateTime::parse("2030-01-02T03:04:05Z"),
                                       .queue = "mail",
                                       .priority = 6,
                                       .task_id = "t1",
                                       .link = {add.s(1)},
                                       .link_error = {add.si(1, 2)},
                                       .ignore_result = true,
                                       .soft_time_limit = 20,
                                       .time_limit = 30,
                                       .shadow = "shown",
                                       .headers = Json::object({{"traceparent", "00-a"}}),
                                       .idempotency_key = "order-1"},
                                      {});
  CHECK(outgoing.queue == "mail");
  CHECK(outgoing.priority == 6);
  CHECK(outgoing.id == "t1");
  CHECK(outgoing.idempotency_key == "order-1");
  CHECK(outgoing.eta_us == 1'893'553'445'000'000);
  auto message = message_of(outgoing);
  CHECK(message.eta->microseconds == outgoing.eta_us);
  CHECK(Json::parse(message.callbacks)[0]["task"] == Json("add"));
  CHECK(Json::parse(message.errbacks)[0]["immutable"] == Json(true));
  CHECK(message.ignore_result);
  CHECK(message.soft_time_limit == 20);
  CHECK(message.time_limit == 30);
  CHECK(message.shadow == "shown");
  CHECK(Json(message.headers)["traceparent"] == Json("00-a"));
}

TEST_CASE("a signature survives its JSON, as Celery reads it") {
  auto made = add.s(1, 2).set({.countdown = 10, .queue = "q"});
  made.link(tsum.s());
  auto json = made.to_json();
  CHECK(json.dump() ==
        R"({"task":"add","args":[1,2],"kwargs":{},"options":{"countdown":10.0,"queue":"q",)"
        R"("link":[{"task":"tsum","args":[],"kwargs":{},"options":{"queue":"sums","priority":3},)"
        R"("subtask_type":null,"immutable":false}]},"subtask_type":null,"immutable":false})");
  CHECK(Signature::from_json(json).to_json() == json);
}

TEST_CASE("what is no signature is refused") {
  auto celery = offline();
  CHECK_THROWS_WITH_AS(static_cast<void>(Signature::from_json("{}"_json)),
                       "a signature without a task", std::invalid_argument);
  CHECK_THROWS_AS(composed(celery, chain(std::vector<Signature>{})), std::invalid_argument);
}

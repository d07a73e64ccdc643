#include "tasks/message.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include "plinth/values.hpp"
#include "recorded.hpp"
#include "security/base64.hpp"

using namespace plinth;
using namespace plinth::tasks;

namespace {

Message message_of(std::string_view element) {
  auto decoded = decode(element);
  if (const auto* malformed = std::get_if<Malformed>(&decoded)) {
    FAIL("malformed: ", malformed->reason);
  }
  return std::get<Message>(std::move(decoded));
}

std::string reason_of(std::string_view element) {
  auto decoded = decode(element);
  REQUIRE(std::holds_alternative<Malformed>(decoded));
  return std::get<Malformed>(decoded).reason;
}

// An element around a body, with the least that Celery demands.
std::string element_of(std::string_view body, std::string_view headers = R"("task":"t","id":"1")",
                       std::string_view encoding = "base64") {
  std::string text = R"({"body":")";
  text += encoding == "base64" ? security::encode_base64(body) : std::string(body);
  text += R"(","content-type":"application/json","headers":{)" + std::string(headers) +
          R"(},"properties":{"reply_to":"r","delivery_tag":"tag","delivery_info":)"
          R"({"exchange":"","routing_key":"mail"})";
  if (!encoding.empty()) text += R"(,"body_encoding":")" + std::string(encoding) + '"';
  return text + "}}";
}

std::string zlib_of(std::string_view text) {
  uLongf size = ::compressBound(text.size());
  std::string out(size, '\0');
  ::compress(reinterpret_cast<Bytef*>(out.data()), &size,
             reinterpret_cast<const Bytef*>(text.data()), text.size());
  out.resize(size);
  return out;
}

}  // namespace

TEST_CASE("every message of Celery 5.2.6 is read, and written again byte for byte") {
  const auto lines = tasks_test::recorded("celery_messages.jsonl");
  CHECK(lines.size() == 29);
  for (const auto& line : lines) {
    const auto& call = line["call"].str();
    CAPTURE(call);
    auto message = message_of(line["element"].str());
    // Of send_task's list Celery shows a list; made by us, arguments are a tuple.
    if (call != "list of send_task") {
      message.argsrepr.clear();
      message.kwargsrepr.clear();
    }
    CHECK(encode(message) == line["element"].str());
  }
}

TEST_CASE("a message of Celery 5.6.3 keeps what 5.2.6 does not have") {
  const auto element = tasks_test::recorded("celery_messages_5_6.jsonl")[0]["element"].str();
  const auto message = message_of(element);
  CHECK(message.headers.size() == 3);
  CHECK(encode(message) == element);
}

TEST_CASE("the fields of a message are read") {
  const auto lines = tasks_test::recorded("celery_messages.jsonl");
  auto of_call = [&](std::string_view call) {
    for (const auto& line : lines) {
      if (line["call"].str() == call) return message_of(line["element"].str());
    }
    throw std::runtime_error("no such call");
  };
  const auto delay = of_call("delay");
  CHECK(delay.task == "send_welcome_email");
  CHECK(delay.args == R"(["a@b.c"])");
  CHECK(delay.kwargs == "{}");
  CHECK(delay.queue == "default");
  CHECK(delay.id == delay.correlation_id);
  CHECK(delay.delivery_tag.size() == 36);
  CHECK(of_call("eta").eta == DateTime::parse("2026-11-22T15:31:33.289638Z"));
  CHECK(of_call("expires").expiration_ms == 120'000);
  CHECK(of_call("priority").priority == 6);
  CHECK(of_call("queue").queue == "mail");
  CHECK(of_call("ignore_result").ignore_result);
  CHECK(of_call("time limits").time_limit == 30.0);
  CHECK(of_call("short time limits").soft_time_limit == 0.25);
  CHECK(of_call("headers").headers[0].second == Json("00-ab-cd-01"));
  CHECK(
      of_call("link").callbacks ==
      R"([{"task": "add", "args": [3], "kwargs": {}, "options": {}, "subtask_type": null, "immutable": false}])");
  CHECK(Json::parse(of_call("chain").chain).size() == 2);
  CHECK(of_call("chord").group_index == 0);
  CHECK(Json::parse(of_call("chord").chord)["task"] == Json("send_welcome_email"));
  CHECK(of_call("retry").retries == 1);
  CHECK(of_call("retry").properties.size() == 2);
}

TEST_CASE("a message is made from few fields") {
  const Message message{.task = "add", .id = "my-id", .args = R"([1,"é"])", .queue = "mail"};
  const auto again = message_of(encode(message));
  CHECK(again.args == R"([1, "\u00e9"])");
  CHECK(again.argsrepr == "(1, 'é')");
  CHECK(again.kwargsrepr == "{}");
  CHECK(again.root_id == "my-id");
  CHECK(again.correlation_id == "my-id");
  CHECK(Uuid::parse(again.delivery_tag).has_value());
  CHECK_THROWS_AS(encode({.task = "add", .id = "1", .args = "[1"}), JsonError);
}

TEST_CASE("protocol 1 is read, its fields in the body") {
  const auto message = message_of(
      element_of(R"({"task":"add","id":"7","args":[1],"kwargs":{"b":2},"retries":1,"utc":true,)"
                 R"("eta":"2026-11-22T15:31:33.5","expires":null,"timelimit":[null,20],)"
                 R"("taskset":"g","callbacks":[{"task":"x"}],"errbacks":null,"chord":null})",
                 ""));
  CHECK(message.task == "add");
  CHECK(message.id == "7");
  CHECK(message.args == "[1]");
  CHECK(message.kwargs == R"({"b": 2})");
  CHECK(message.retries == 1);
  CHECK(message.eta == DateTime::parse("2026-11-22T15:31:33.5Z"));
  CHECK(message.soft_time_limit == 20.0);
  CHECK(message.group == "g");
  CHECK(message.callbacks == R"([{"task": "x"}])");
}

TEST_CASE("where both protocols are mixed, the headers win") {
  const auto message =
      message_of(element_of(R"({"task":"old","id":"7","args":[1],"kwargs":{},"retries":1})",
                            R"("task":"new","id":"8","retries":3,"mine":5)"));
  CHECK(message.task == "new");
  CHECK(message.id == "8");
  CHECK(message.retries == 3);
  CHECK(message.args == "[1]");
  CHECK(message.headers.size() == 1);
}

TEST_CASE("bodies may be plain, or compressed") {
  const std::string body = R"([[1],{},null])";
  CHECK(message_of(element_of(R"([[1],{},{}])", R"("task":"t","id":"1")", "")).args == "[1]");
  const auto packed =
      element_of(zlib_of(body), R"("task":"t","id":"1","compression":"application/x-gzip")");
  CHECK(message_of(packed).args == "[1]");
  CHECK(message_of(packed).headers.empty());  // it is written plain again
}

TEST_CASE("tagged values of kombu 5.3 become plain texts") {
  const auto message = message_of(element_of(
      R"([[{"__type__":"datetime","__value__":"2026-01-02T03:04:05.000678+00:00"},)"
      R"({"__type__":"date","__value__":"2026-01-02"},{"__type__":"decimal","__value__":"1.50"},)"
      R"({"__type__":"uuid","__value__":{"hex":"c5425f84370a4f98a8953f2aee6de3cc","version":4}}],)"
      R"({"a":{"b":[{"__type__":"bytes","__value__":"x"}]},"c":{"__type__":"mine"}},{}])"));
  CHECK(message.args == R"(["2026-01-02T03:04:05.000678+00:00", "2026-01-02", "1.50", )"
                        R"("c5425f84-370a-4f98-a895-3f2aee6de3cc"])");
  CHECK(message.kwargs == R"({"a": {"b": ["x"]}, "c": {"__type__": "mine"}})");
  CHECK(reason_of(element_of(R"([[{"__type__":"complex","__value__":"1j"}],{},{}])")) ==
        R"(body: a "__type__" that is not known)");
}

TEST_CASE("what is no message says why") {
  CHECK(reason_of("").starts_with("not JSON: "));
  CHECK(reason_of("[1]") == "not an object but an array");
  CHECK(reason_of("{}") == "content-type: missing");
  CHECK(reason_of(R"({"properties":[]})") == "properties: expected an object");
  const std::string good = R"([[],{},{}])";
  const std::string base = R"("task":"t","id":"1")";
  CHECK(reason_of(element_of(good, R"("id":"1")")) == "headers.task: missing");
  CHECK(reason_of(element_of(good, R"("task":"t")")) == "headers.id: missing");
  CHECK(reason_of(element_of(good, R"("task":5,"id":"1")")) ==
        "headers.task: expected text, got 5");
  CHECK(reason_of(element_of(good, base + R"(,"eta":"soon")")) ==
        "headers.eta: expected a time such as \"2026-11-22T15:31:33+00:00\", got 'soon'");
  CHECK(reason_of(element_of(good, base + R"(,"eta":1795361536)"))
            .starts_with("headers.eta: expected a time"));
  CHECK(reason_of(element_of(good, base + R"(,"retries":-1)")) ==
        "headers.retries: expected 0 or more, got -1");
  CHECK(reason_of(element_of(good, base + R"(,"timelimit":[0,null])")) ==
        "headers.timelimit: expected seconds above 0, got 0");
  CHECK(reason_of(element_of(good, base + R"(,"compression":"application/x-bz2")"))
            .starts_with("headers.compression: only application/x-gzip"));
  CHECK(reason_of(element_of("[[],{}]")) == "body: expected [args, kwargs, embed], got an array");
  CHECK(reason_of(element_of(R"([{"password":1},{},{}])")) ==
        "body.args: expected an array, got an object");
  CHECK(reason_of(element_of(R"([[],[],{}])")) == "body.kwargs: expected an object, got an array");
  CHECK(reason_of(element_of(R"([[],{},{"chain":{}}])")) ==
        "body.chain: expected an array of signatures, got an object");
  CHECK(reason_of(element_of("nonsense")).starts_with("body: not JSON: "));
  CHECK(reason_of(element_of("W1==", base, "utf-16")).starts_with("properties.body_encoding: "));
  CHECK(reason_of(R"({"body":"W1*=","content-type":"application/json","headers":{},)"
                  R"("properties":{"body_encoding":"base64"}})") == "body: not base64");
  CHECK(reason_of(R"({"body":"gAJ9Lg==","content-type":"application/x-python-serialize",)"
                  R"("headers":{},"properties":{}})")
            .starts_with("content-type: only application/json"));
}

TEST_CASE("of what is no message, what could be read is told") {
  const auto decoded = decode(element_of("nonsense", R"("task":"t","id":"1","root_id":"0")"));
  const auto& malformed = std::get<Malformed>(decoded);
  CHECK(malformed.task == "t");
  CHECK(malformed.id == "1");
  CHECK(malformed.reply_to == "r");
  CHECK(malformed.queue == "mail");
  CHECK(malformed.delivery_tag == "tag");
}

TEST_CASE("no cut and no changed byte of a message does harm") {
  const auto lines = tasks_test::recorded("celery_messages.jsonl");
  std::size_t read = 0;
  for (std::size_t n = 0; n < 4; ++n) {
    const auto& element = lines[n * 7]["element"].str();
    for (std::size_t i = 0; i < element.size(); ++i) {
      CHECK(std::holds_alternative<Malformed>(decode(element.substr(0, i))));
      auto changed = element;
      changed[i] = static_cast<char>(changed[i] ^ 0x15);
      auto decoded = decode(changed);
      if (const auto* message = std::get_if<Message>(&decoded)) {
        ++read;
        CHECK_FALSE(encode(*message).empty());
      }
    }
  }
  CHECK(read > 100);
}

TEST_CASE("a body that unpacks to too much is refused") {
  const auto bomb = zlib_of(std::string(body_bytes_max + 1, ' '));
  CHECK(reason_of(element_of(bomb, R"("task":"t","id":"1","compression":"application/x-gzip")")) ==
        "body: not zlib, or more than 64 MiB");
}

#include "tasks/envelope.hpp"

#include <doctest/doctest.h>

#include "tasks/python_text.hpp"

using namespace plinth;
using namespace plinth::tasks;

namespace {

// Recorded from Celery 5.2.6; bodies are {"method": "ping", …}, a heartbeat and an answer.
const std::string ping =
    R"({"body": "eyJtZXRob2QiOiAicGluZyIsICJhcmd1bWVudHMiOiB7fSwgImRlc3RpbmF0aW9uIjogbnVsbCwgInBhdHRlcm4iOiBudWxsLCAibWF0Y2hlciI6IG51bGwsICJ0aWNrZXQiOiAiMGNkODdlM2EtYmNmZC00N2E1LTgwZGYtZDJkNGY0ZmExMzhjIiwgInJlcGx5X3RvIjogeyJleGNoYW5nZSI6ICJyZXBseS5jZWxlcnkucGlkYm94IiwgInJvdXRpbmdfa2V5IjogIjM2NmI5ZDM0LTgyNjItMzFlNS05YmY5LWE2NDFkNjAxMjQ2NyJ9fQ==", "content-encoding": "utf-8", "content-type": "application/json", "headers": {"clock": 30, "expires": 1795361536.967525}, "properties": {"delivery_mode": 2, "delivery_info": {"exchange": "celery.pidbox", "routing_key": ""}, "priority": 0, "body_encoding": "base64", "delivery_tag": "32f39654-e163-4dc4-8dea-2ffb19dfba26"}})";
const std::string pong =
    R"({"body": "eyJ3MUB2bSI6IHsib2siOiAicG9uZyJ9fQ==", "content-encoding": "utf-8", "content-type": "application/json", "headers": {"ticket": "0cd87e3a-bcfd-47a5-80df-d2d4f4fa138c", "clock": 32}, "properties": {"delivery_mode": 1, "delivery_info": {"exchange": "reply.celery.pidbox", "routing_key": "366b9d34-8262-31e5-9bf9-a641d6012467"}, "priority": 0, "body_encoding": "base64", "delivery_tag": "c53f936e-460f-42db-9ff6-2158b6656845"}})";

std::string without_tag(const std::string& element) {
  return element.substr(0, element.find("\"delivery_tag\""));
}

}  // namespace

TEST_CASE("an envelope is written as Celery writes it") {
  for (const auto& element : {ping, pong}) {
    const auto envelope = decode_envelope(element);
    REQUIRE(envelope);
    CHECK(encode(*envelope) == element);
  }
}

TEST_CASE("a request of celery inspect is read, and written the same") {
  const auto request = decode_request(ping);
  REQUIRE(request);
  CHECK(request->method == "ping");
  CHECK(request->ticket == "0cd87e3a-bcfd-47a5-80df-d2d4f4fa138c");
  CHECK(request->reply_exchange == "reply.celery.pidbox");
  CHECK(request->reply_key == "366b9d34-8262-31e5-9bf9-a641d6012467");
  CHECK(request->clock == 30);
  CHECK(request->expires == 1795361536.967525);
  CHECK(without_tag(encode(*request)) == without_tag(ping));
}

TEST_CASE("an answer is written as Celery writes it, and read") {
  const auto request = decode_request(ping);
  REQUIRE(request);
  const auto answer = encode_reply(*request, "w1@vm", Json::object({{"ok", "pong"}}), 32);
  CHECK(without_tag(answer) == without_tag(pong));
  const auto reply = decode_reply(answer);
  REQUIRE(reply);
  CHECK(reply->ticket == request->ticket);
  CHECK(reply->answers["w1@vm"]["ok"] == Json("pong"));
  CHECK(reply->clock == 32);
}

TEST_CASE("a request is for the nodes that it names, or whose names match") {
  ControlRequest request{.method = "ping"};
  CHECK(request.is_for("w1@vm"));
  request.pattern = "w*@vm";
  CHECK(request.is_for("x1@vm"));  // without a matcher, as kombu
  request.matcher = "glob";
  CHECK(request.is_for("w1@vm"));
  CHECK_FALSE(request.is_for("x1@vm"));
  request.pattern = "w[0-9]";
  request.matcher = "pcre";
  CHECK(request.is_for("w1@vm"));
  CHECK_FALSE(request.is_for("aw1@vm"));
  request.pattern = "w(";
  CHECK_FALSE(request.is_for("w1@vm"));
  request.destination = {"w2@vm"};
  CHECK(request.is_for("w2@vm"));
  CHECK_FALSE(request.is_for("w1@vm"));
}

TEST_CASE("what is no envelope is none") {
  for (const char* text : {"", "[]", R"({"body":5,"properties":{}})", R"({"body":"e30="})",
                           R"({"body":"*","properties":{"body_encoding":"base64"}})"}) {
    CHECK_FALSE(decode_envelope(text));
    CHECK_FALSE(decode_request(text));
    CHECK_FALSE(decode_reply(text));
  }
  const auto plain = decode_envelope(R"({"body":"{\"method\":\"x\"}","properties":{}})");
  REQUIRE(plain);
  CHECK(plain->body == R"({"method":"x"})");
  CHECK_FALSE(decode_request(encode(Envelope{.body = R"({"method": 5})"})));
  CHECK_FALSE(decode_request(encode(Envelope{.body = "[]"})));
}

#include "tasks/envelope.hpp"

#include <fnmatch.h>
#include <re2/re2.h>

#include <algorithm>

#include "json/node.hpp"
#include "json/utf8.hpp"
#include "plinth/values.hpp"
#include "security/base64.hpp"
#include "tasks/python_text.hpp"

namespace plinth::tasks {

namespace {

using json::Node;

constexpr std::string_view pidbox = "celery.pidbox";

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += name;
  append_python_string(out, text);
}

std::string json_text(const Json& value) {
  std::string out;
  append_python_json(out, value);
  return out;
}

Json null_or(const std::string& text) { return text.empty() ? Json() : Json(text); }

std::string text_or_empty(const Json& object, std::string_view key) {
  const auto* value = object.find(key);
  return value != nullptr && value->is_string() ? value->str() : std::string();
}

bool is_number(const Json* value) {
  return value != nullptr &&
         (value->kind() == Json::Kind::integer || value->kind() == Json::Kind::number);
}

std::int64_t clock_of(const Json& headers) {
  const auto* clock = headers.find("clock");
  return clock != nullptr && clock->kind() == Json::Kind::integer ? clock->integer() : 0;
}

// Envelope and its two JSON texts as objects; empty when any is something else.
struct Opened {
  Json headers;
  Json body;
};

std::optional<Opened> open(std::string_view text) {
  auto envelope = decode_envelope(text);
  if (!envelope) return std::nullopt;
  try {
    Opened opened{Json::parse(envelope->headers), Json::parse(envelope->body)};
    if (!opened.body.is_object()) return std::nullopt;
    return opened;
  } catch (const JsonError&) {
    return std::nullopt;
  }
}

}  // namespace

std::string encode(const Envelope& envelope) {
  std::string out;
  out.reserve(320 + envelope.headers.size() + envelope.body.size() * 4 / 3);
  out += R"({"body": ")";
  out += security::encode_base64(envelope.body);
  out += R"(", "content-encoding": "utf-8", "content-type": "application/json", "headers": )";
  out += envelope.headers;
  out += R"(, "properties": {"delivery_mode": )";
  out += std::to_string(envelope.delivery_mode);
  append_member(out, R"(, "delivery_info": {"exchange": )", envelope.exchange);
  append_member(out, R"(, "routing_key": )", envelope.routing_key);
  append_member(out, R"(}, "priority": 0, "body_encoding": "base64", "delivery_tag": )",
                envelope.delivery_tag.empty() ? Uuid::random().str() : envelope.delivery_tag);
  out += "}}";
  return out;
}

std::optional<Envelope> decode_envelope(std::string_view text) {
  json::Document document;
  json::Error error;
  if (!document.parse(text, error) || !document.root().is_object()) return std::nullopt;
  const Node& root = document.root();
  const auto* body = root.find("body");
  const auto* properties = root.find("properties");
  if (body == nullptr || !body->is_string()) return std::nullopt;
  if (properties == nullptr || !properties->is_object()) return std::nullopt;

  Envelope envelope;
  if (text_of(properties->find("body_encoding")) == "base64") {
    auto bytes = security::decode_base64(body->string());
    if (!bytes) return std::nullopt;
    envelope.body = std::move(*bytes);
  } else {
    envelope.body = body->string();
  }
  const auto* headers = root.find("headers");
  if (headers != nullptr && headers->is_object()) {
    envelope.headers.clear();
    append_python_json(envelope.headers, *headers);
  }
  const auto* mode = properties->find("delivery_mode");
  if (mode != nullptr && mode->is_integer()) envelope.delivery_mode = mode->integer() == 2 ? 2 : 1;
  envelope.delivery_tag = text_of(properties->find("delivery_tag"));
  const auto* info = properties->find("delivery_info");
  if (info != nullptr && info->is_object()) {
    envelope.exchange = text_of(info->find("exchange"));
    envelope.routing_key = text_of(info->find("routing_key"));
  }
  return envelope;
}

// As kombu: names first, then a pattern; "pcre" is Python's re.match, so from the start only.
bool ControlRequest::is_for(std::string_view node) const {
  if (!destination.empty()) return std::ranges::find(destination, node) != destination.end();
  if (pattern.empty() || matcher.empty()) return true;
  if (matcher == "glob") return ::fnmatch(pattern.c_str(), std::string(node).c_str(), 0) == 0;
  if (matcher != "pcre") return false;
  const re2::RE2 expression(pattern, re2::RE2::Quiet);
  return expression.ok() && expression.Match(re2::StringPiece(node.data(), node.size()), 0,
                                             node.size(), re2::RE2::ANCHOR_START, nullptr, 0);
}

std::string encode(const ControlRequest& request) {
  Json destination;
  if (!request.destination.empty()) {
    destination = Json(Json::Array(request.destination.begin(), request.destination.end()));
  }
  Json body = Json::object({{"method", request.method},
                            {"arguments", request.arguments},
                            {"destination", std::move(destination)},
                            {"pattern", null_or(request.pattern)},
                            {"matcher", null_or(request.matcher)}});
  if (!request.reply_key.empty()) {
    body["ticket"] = request.ticket;
    body["reply_to"] =
        Json::object({{"exchange", request.reply_exchange}, {"routing_key", request.reply_key}});
  }
  const Json headers =
      Json::object({{"clock", request.clock},
                    {"expires", request.expires == 0 ? Json(0) : Json(request.expires)}});
  return encode(Envelope{.body = json_text(body),
                         .headers = json_text(headers),
                         .exchange = std::string(pidbox),
                         .delivery_mode = 2});
}

std::optional<ControlRequest> decode_request(std::string_view text) {
  auto opened = open(text);
  if (!opened) return std::nullopt;
  const auto& [headers, body] = *opened;
  ControlRequest request;
  request.method = text_or_empty(body, "method");
  if (request.method.empty()) return std::nullopt;
  const auto* arguments = body.find("arguments");
  if (arguments != nullptr && arguments->is_object()) request.arguments = *arguments;
  const auto* destination = body.find("destination");
  if (destination != nullptr && destination->is_array()) {
    for (const auto& node : destination->items()) {
      if (node.is_string()) request.destination.push_back(node.str());
    }
  }
  // Celery lets a single name pass, too: it asks whether the node's name is part of the text.
  if (destination != nullptr && destination->is_string()) {
    request.destination.push_back(destination->str());
  }
  request.pattern = text_or_empty(body, "pattern");
  request.matcher = text_or_empty(body, "matcher");
  request.ticket = text_or_empty(body, "ticket");
  if (const auto* reply_to = body.find("reply_to")) {
    request.reply_exchange = text_or_empty(*reply_to, "exchange");
    request.reply_key = text_or_empty(*reply_to, "routing_key");
  }
  request.clock = clock_of(headers);
  if (is_number(headers.find("expires"))) request.expires = headers["expires"].number();
  return request;
}

std::string encode_reply(const ControlRequest& request, std::string_view node, const Json& answer,
                         std::int64_t clock) {
  const Json body = Json::object({{node, answer}});
  const Json headers = Json::object({{"ticket", request.ticket}, {"clock", clock}});
  return encode(Envelope{.body = json_text(body),
                         .headers = json_text(headers),
                         .exchange = request.reply_exchange,
                         .routing_key = request.reply_key});
}

std::optional<ControlReply> decode_reply(std::string_view text) {
  auto opened = open(text);
  if (!opened) return std::nullopt;
  return ControlReply{.ticket = text_or_empty(opened->headers, "ticket"),
                      .answers = std::move(opened->body),
                      .clock = clock_of(opened->headers)};
}

}  // namespace plinth::tasks

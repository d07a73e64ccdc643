#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "formats/datetime.hpp"
#include "http/gzip.hpp"
#include "json/node.hpp"
#include "json/utf8.hpp"
#include "security/base64.hpp"
#include "tasks/message.hpp"
#include "tasks/python_text.hpp"
#include "tasks/tagged_values.hpp"

namespace plinth::tasks {

namespace {

using json::Node;

std::string shown(const Node& value) {
  constexpr std::size_t size_max = 60;
  return saferepr(value, Sequence::list, size_max);
}

std::string_view kind_of(const Node& value) {
  constexpr std::string_view kinds[] = {"null",     "true or false", "an integer", "an integer",
                                        "a number", "text",          "an array",   "an object"};
  return kinds[static_cast<std::size_t>(value.kind())];
}

std::string repaired(const Node& string) {
  return string.has_surrogate() ? json::repair_utf8(string.string()) : std::string(string.string());
}

class Decoder {
 public:
  std::variant<Message, Malformed> run(std::string_view text) {
    if (read(text)) return std::move(message_);
    return Malformed{.reason = std::move(reason_),
                     .id = std::move(message_.id),
                     .task = std::move(message_.task),
                     .reply_to = std::move(message_.reply_to),
                     .queue = std::move(message_.queue),
                     .delivery_tag = std::move(message_.delivery_tag)};
  }

 private:
  struct Field {
    std::string_view name;
    bool (*read)(Decoder& decoder, const Node& value);
  };
  static const std::array<Field, 19> header_fields;
  static const std::array<Field, 8> property_fields;

  bool read(std::string_view text) {
    message_.queue.clear();
    json::Error error;
    if (!element_.parse(text, error)) return fail("not JSON: " + std::string(error.message));
    const Node& root = element_.root();
    if (!root.is_object()) return fail("not an object but " + std::string(kind_of(root)));
    // The properties first: they tell where to answer when the rest is wrong.
    return read_properties(root.find("properties")) && read_headers(root.find("headers")) &&
           read_content(root) && check();
  }

  bool fail(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  // What stands in a body is nobody's business but the task's.
  bool wrong(std::string_view expected, const Node& value) {
    return fail(std::string(part_) + "." + std::string(field_) + ": expected " +
                std::string(expected) + ", got " +
                (part_ == "body" ? std::string(kind_of(value)) : shown(value)));
  }

  bool read_properties(const Node* properties) {
    part_ = "properties";
    if (properties == nullptr || properties->is_null()) return true;
    if (!properties->is_object()) return fail("properties: expected an object");
    return read_fields(*properties, property_fields, message_.properties);
  }

  bool read_headers(const Node* headers) {
    part_ = "headers";
    if (headers == nullptr || headers->is_null()) return true;
    if (!headers->is_object()) return fail("headers: expected an object");
    return read_fields(*headers, header_fields, message_.headers);
  }

  // Celery writes its fields in the order of the table, so the next one is nearly always the right
  // one.
  template <std::size_t Count>
  bool read_fields(const Node& object, const std::array<Field, Count>& fields,
                   Json::Object& others) {
    std::size_t next = 0;
    for (const auto& [key, value] : object.members()) {
      const auto name = key.string();
      std::size_t i = next;
      if (i == Count || fields[i].name != name) {
        for (i = 0; i < Count && fields[i].name != name;) ++i;
      }
      if (i == Count) {
        others.emplace_back(repaired(key), json::to_json(value));
        continue;
      }
      field_ = name;
      if (!fields[i].read(*this, value)) return false;
      next = i + 1;
    }
    return true;
  }

  bool text(const Node& value, std::string& out) {
    if (value.is_null()) return true;
    if (!value.is_string()) return wrong("text", value);
    out = repaired(value);
    return true;
  }

  bool integer(const Node& value, std::int64_t& out) {
    if (value.is_null()) return true;
    if (!value.is_integer()) return wrong("an integer", value);
    out = value.integer();
    return true;
  }

  bool count(const Node& value, std::int64_t& out) {
    if (!integer(value, out)) return false;
    return out >= 0 || wrong("0 or more", value);
  }

  bool index(const Node& value, std::optional<std::int64_t>& out) {
    if (value.is_null()) return true;
    return integer(value, out.emplace());
  }

  bool boolean(const Node& value, bool& out) {
    if (value.is_null()) return true;
    if (!value.is_boolean()) return wrong("true or false", value);
    out = value.boolean();
    return true;
  }

  // Naive ones are in UTC. A number is a time to pydantic, but not to Celery.
  bool time(const Node& value, std::optional<DateTime>& out) {
    if (value.is_null()) return true;
    constexpr std::size_t dash = 4;  // YYYY-
    if (value.is_string() && value.string().size() > dash && value.string()[dash] == '-') {
      if (auto parsed = formats::datetime_from_text(value.string())) {
        out = *parsed;
        out->naive = false;
        return true;
      }
    }
    return wrong("a time such as \"2026-11-22T15:31:33+00:00\"", value);
  }

  bool seconds(const Node& value, std::optional<double>& out) {
    if (value.is_null()) return true;
    const bool is_number = value.is_integer() || value.is_number();
    if (!is_number || !(value.number() > 0)) return wrong("seconds above 0", value);
    out = value.number();
    return true;
  }

  bool time_limits(const Node& value) {
    if (value.is_null()) return true;
    if (!value.is_array() || value.size() != 2) return wrong("[hard, soft]", value);
    return seconds(value.items()[0], message_.time_limit) &&
           seconds(value.items()[1], message_.soft_time_limit);
  }

  bool delivery_info(const Node& value) {
    if (!value.is_object()) return wrong("an object", value);
    for (const auto& [key, item] : value.members()) {
      const auto name = key.string();
      bool good = true;
      if (name == "exchange") good = text(item, message_.exchange);
      if (name == "routing_key") good = text(item, message_.queue);
      if (name == "redelivered") good = boolean(item, message_.redelivered);
      // Until kombu 4 the priority stood here.
      if (name == "priority") good = integer(item, message_.priority);
      if (!good) return false;
    }
    return true;
  }

  bool expiration(const Node& value) {
    if (value.is_integer()) {
      message_.expiration_ms = value.integer();
      return true;
    }
    if (!value.is_string()) return value.is_null() || wrong("milliseconds", value);
    const auto digits = value.string();
    std::int64_t milliseconds = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      return wrong("milliseconds", value);
    }
    message_.expiration_ms = milliseconds;
    return true;
  }

  bool read_content(const Node& root) {
    const auto* type = root.find("content-type");
    if (type == nullptr || !type->is_string()) return fail("content-type: missing");
    if (type->string() != "application/json") {
      return fail("content-type: only application/json is taken, got " + shown(*type));
    }
    const auto* body = root.find("body");
    if (body == nullptr || !body->is_string()) return fail("body: expected text");
    if (!body_encoding_.empty() && body_encoding_ != "base64") {
      return fail("properties.body_encoding: expected \"base64\", got " + body_encoding_);
    }
    if (body_encoding_.empty() && compression_.empty()) return read_body(body->string());
    std::optional<std::string> bytes(body->string());
    if (!body_encoding_.empty()) bytes = security::decode_base64(body->string());
    if (!bytes) return fail("body: not base64");
    return unpack(std::move(*bytes));
  }

  bool unpack(std::string bytes) {
    if (compression_.empty()) return read_body(bytes);
    // kombu's names; both are zlib's format.
    if (compression_ != "application/x-gzip" && compression_ != "gzip" && compression_ != "zlib") {
      return fail("headers.compression: only application/x-gzip is taken, got " + compression_);
    }
    auto plain = http::unzlib(bytes, body_bytes_max);
    if (!plain) return fail("body: not zlib, or more than 64 MiB");
    return read_body(*plain);
  }

  bool read_body(std::string_view text) {
    part_ = "body";
    json::Error error;
    if (!body_.parse(text, error)) return fail("body: not JSON: " + std::string(error.message));
    Node root = body_.root();
    if (may_hold_tagged(text)) {
      auto plain = untagged(body_, root);
      if (!plain) return fail("body: a \"__type__\" that is not known");
      root = *plain;
    }
    if (root.is_object()) return read_protocol_1(root);
    if (!root.is_array() || root.size() != 3) {
      return fail("body: expected [args, kwargs, embed], got " + std::string(kind_of(root)));
    }
    const auto items = root.items();
    return arguments(items[0], items[1]) && read_embed(items[2]);
  }

  bool arguments(const Node& args, const Node& kwargs) {
    field_ = "args";
    if (!args.is_array() && !args.is_null()) return wrong("an array", args);
    if (args.is_array()) replace(message_.args, args);
    field_ = "kwargs";
    if (!kwargs.is_object() && !kwargs.is_null()) return wrong("an object", kwargs);
    if (kwargs.is_object()) replace(message_.kwargs, kwargs);
    return true;
  }

  bool read_embed(const Node& embed) {
    field_ = "embed";
    if (embed.is_null()) return true;
    if (!embed.is_object()) return wrong("an object", embed);
    for (const auto& [key, value] : embed.members()) {
      if (!read_canvas(key.string(), value)) return false;
    }
    return true;
  }

  // What is to follow. Other keys are passed over: Celery has none.
  bool read_canvas(std::string_view name, const Node& value) {
    if (value.is_null()) return true;
    const bool is_chord = name == "chord";
    std::string* place = is_chord              ? &message_.chord
                         : name == "callbacks" ? &message_.callbacks
                         : name == "errbacks"  ? &message_.errbacks
                         : name == "chain"     ? &message_.chain
                                               : nullptr;
    if (place == nullptr) return true;
    field_ = name;
    if (is_chord && !value.is_object()) return wrong("a signature", value);
    if (!is_chord && !value.is_array()) return wrong("an array of signatures", value);
    if (value.size() > 0) replace(*place, value);
    return true;
  }

  static void replace(std::string& text, const Node& value) {
    text.clear();
    append_python_json(text, value);
  }

  // Everything is in the body; headers that are there, too, win.
  bool read_protocol_1(const Node& body) {
    Json::Object others;
    if (!read_fields(body, header_fields, others)) return false;
    for (const auto& [key, value] : body.members()) {
      field_ = key.string();
      if (field_ == "taskset" && !text(value, message_.group)) return false;
      if (!read_canvas(field_, value)) return false;
    }
    message_.headers.clear();
    if (!read_headers(element_.root().find("headers"))) return false;
    part_ = "body";
    const auto* args = body.find("args");
    const auto* kwargs = body.find("kwargs");
    return arguments(args == nullptr ? Node() : *args, kwargs == nullptr ? Node() : *kwargs);
  }

  bool check() {
    if (message_.task.empty()) return fail("headers.task: missing");
    if (message_.id.empty()) return fail("headers.id: missing");
    if (message_.queue.empty()) return fail("properties.delivery_info.routing_key: missing");
    return true;
  }

  Message message_;
  std::string reason_;
  std::string_view part_;   // of the message that is being read
  std::string_view field_;  // in it
  std::string body_encoding_;
  std::string compression_;
  json::Document element_;
  json::Document body_;
};

const std::array<Decoder::Field, 19> Decoder::header_fields = {{
    {"lang", [](Decoder& d, const Node& v) { return d.text(v, d.message_.lang); }},
    {"task", [](Decoder& d, const Node& v) { return d.text(v, d.message_.task); }},
    {"id", [](Decoder& d, const Node& v) { return d.text(v, d.message_.id); }},
    {"shadow", [](Decoder& d, const Node& v) { return d.text(v, d.message_.shadow); }},
    {"eta", [](Decoder& d, const Node& v) { return d.time(v, d.message_.eta); }},
    {"expires", [](Decoder& d, const Node& v) { return d.time(v, d.message_.expires); }},
    {"group", [](Decoder& d, const Node& v) { return d.text(v, d.message_.group); }},
    {"group_index", [](Decoder& d, const Node& v) { return d.index(v, d.message_.group_index); }},
    {"retries", [](Decoder& d, const Node& v) { return d.count(v, d.message_.retries); }},
    {"timelimit", [](Decoder& d, const Node& v) { return d.time_limits(v); }},
    {"root_id", [](Decoder& d, const Node& v) { return d.text(v, d.message_.root_id); }},
    {"parent_id", [](Decoder& d, const Node& v) { return d.text(v, d.message_.parent_id); }},
    {"argsrepr", [](Decoder& d, const Node& v) { return d.text(v, d.message_.argsrepr); }},
    {"kwargsrepr", [](Decoder& d, const Node& v) { return d.text(v, d.message_.kwargsrepr); }},
    {"origin", [](Decoder& d, const Node& v) { return d.text(v, d.message_.origin); }},
    {"ignore_result",
     [](Decoder& d, const Node& v) { return d.boolean(v, d.message_.ignore_result); }},
    {"compression", [](Decoder& d, const Node& v) { return d.text(v, d.compression_); }},
    {"redelivered", [](Decoder& d, const Node& v) { return d.boolean(v, d.message_.redelivered); }},
    {"x-delivery-count",
     [](Decoder& d, const Node& v) { return d.count(v, d.message_.delivery_count); }},
}};

const std::array<Decoder::Field, 8> Decoder::property_fields = {{
    {"correlation_id",
     [](Decoder& d, const Node& v) { return d.text(v, d.message_.correlation_id); }},
    {"reply_to", [](Decoder& d, const Node& v) { return d.text(v, d.message_.reply_to); }},
    {"delivery_mode", [](Decoder&, const Node&) { return true; }},  // on Redis without meaning
    {"expiration", [](Decoder& d, const Node& v) { return d.expiration(v); }},
    {"delivery_info", [](Decoder& d, const Node& v) { return d.delivery_info(v); }},
    {"priority", [](Decoder& d, const Node& v) { return d.integer(v, d.message_.priority); }},
    {"body_encoding", [](Decoder& d, const Node& v) { return d.text(v, d.body_encoding_); }},
    {"delivery_tag", [](Decoder& d, const Node& v) { return d.text(v, d.message_.delivery_tag); }},
}};

}  // namespace

std::variant<Message, Malformed> decode(std::string_view text) { return Decoder().run(text); }

}  // namespace plinth::tasks

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "formats/datetime.hpp"
#include "json/node.hpp"
#include "plinth/values.hpp"
#include "security/base64.hpp"
#include "tasks/message.hpp"
#include "tasks/python_text.hpp"

namespace plinth::tasks {

namespace {

constexpr std::string_view no_embed =
    R"({"callbacks": null, "errbacks": null, "chain": null, "chord": null})";

/// Appends JSON; a document that is kept spares the memory of the next.
class Encoder {
 public:
  explicit Encoder(const Message& message) : message_(message) {
    // Of a message without long arguments: measured 700 to 900 bytes.
    out_.reserve(1024 + (message.args.size() + message.kwargs.size()) * 2);
  }

  std::string run() {
    out_ += R"({"body": ")";
    append_body();
    out_ += R"(", "content-encoding": "utf-8", "content-type": "application/json", "headers": {)";
    append_headers();
    out_ += R"(}, "properties": {)";
    append_properties();
    out_ += "}}";
    return std::move(out_);
  }

 private:
  const json::Node& parse(std::string_view text) {
    json::Error error;
    if (!document_.parse(text, error)) throw JsonError(error.message, error.position);
    return document_.root();
  }

  void append_body() {
    std::string body;
    body.reserve(message_.args.size() + message_.kwargs.size() + no_embed.size() + 16);
    body += '[';
    const json::Node& args = parse(message_.args);
    append_python_json(body, args);
    argsrepr_ = message_.argsrepr.empty() ? saferepr(args, Sequence::tuple) : message_.argsrepr;
    body += ", ";
    const json::Node& kwargs = parse(message_.kwargs);
    append_python_json(body, kwargs);
    kwargsrepr_ = message_.kwargsrepr.empty() ? saferepr(kwargs) : message_.kwargsrepr;
    body += ", ";
    append_embed(body);
    body += ']';
    out_ += security::encode_base64(body);
  }

  void append_embed(std::string& body) {
    const Message& m = message_;
    if (m.callbacks.empty() && m.errbacks.empty() && m.chain.empty() && m.chord.empty()) {
      body += no_embed;
      return;
    }
    auto add = [&](std::string_view name, std::string_view json) {
      body += name;
      if (json.empty()) {
        body += "null";
      } else {
        append_python_json(body, parse(json));
      }
    };
    add(R"({"callbacks": )", m.callbacks);
    add(R"(, "errbacks": )", m.errbacks);
    add(R"(, "chain": )", m.chain);
    add(R"(, "chord": )", m.chord);
    body += '}';
  }

  void append_headers() {
    const Message& m = message_;
    text(R"("lang": )", m.lang);
    text(R"(, "task": )", m.task);
    text(R"(, "id": )", m.id);
    text_or_null(R"(, "shadow": )", m.shadow);
    time_or_null(R"(, "eta": )", m.eta);
    time_or_null(R"(, "expires": )", m.expires);
    text_or_null(R"(, "group": )", m.group);
    out_ += R"(, "group_index": )";
    if (m.group_index) {
      integer(*m.group_index);
    } else {
      out_ += "null";
    }
    out_ += R"(, "retries": )";
    integer(m.retries);
    out_ += R"(, "timelimit": [)";
    seconds(m.time_limit);
    out_ += ", ";
    seconds(m.soft_time_limit);
    text_or_null(R"(], "root_id": )", m.root_id.empty() ? m.id : m.root_id);
    text_or_null(R"(, "parent_id": )", m.parent_id);
    text(R"(, "argsrepr": )", argsrepr_);
    text(R"(, "kwargsrepr": )", kwargsrepr_);
    text_or_null(R"(, "origin": )", m.origin);
    out_ += m.ignore_result ? R"(, "ignore_result": true)" : R"(, "ignore_result": false)";
    further(m.headers);
  }

  void append_properties() {
    const Message& m = message_;
    text(R"("correlation_id": )", m.correlation_id.empty() ? m.id : m.correlation_id);
    text(R"(, "reply_to": )", m.reply_to);
    further(m.properties);
    out_ += R"(, "delivery_mode": 2)";
    if (m.expiration_ms) {
      out_ += R"(, "expiration": ")";
      integer(*m.expiration_ms);
      out_ += '"';
    }
    text(R"(, "delivery_info": {"exchange": )", m.exchange);
    text(R"(, "routing_key": )", m.queue);
    out_ += R"(}, "priority": )";
    integer(m.priority);
    text(R"(, "body_encoding": "base64", "delivery_tag": )",
         m.delivery_tag.empty() ? Uuid::random().str() : m.delivery_tag);
  }

  void text(std::string_view name, std::string_view value) {
    out_ += name;
    append_python_string(out_, value);
  }

  void text_or_null(std::string_view name, std::string_view value) {
    if (!value.empty()) return text(name, value);
    out_ += name;
    out_ += "null";
  }

  void time_or_null(std::string_view name, const std::optional<DateTime>& value) {
    out_ += name;
    if (!value) {
      out_ += "null";
      return;
    }
    out_ += '"';
    out_ += formats::python_iso(*value);
    out_ += '"';
  }

  void integer(std::int64_t value) {
    char buffer[20];
    out_.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  }

  // Python's callers mostly give whole ones, as int.
  void seconds(const std::optional<double>& value) {
    constexpr double exact_max = 1e15;
    if (!value) {
      out_ += "null";
    } else if (std::abs(*value) < exact_max && *value == std::floor(*value)) {
      integer(static_cast<std::int64_t>(*value));
    } else {
      append_python_json(out_, Json(*value));
    }
  }

  void further(const Json::Object& members) {
    for (const auto& [name, value] : members) {
      out_ += ", ";
      append_python_string(out_, name);
      out_ += ": ";
      append_python_json(out_, value);
    }
  }

  const Message& message_;
  json::Document document_;
  std::string argsrepr_;
  std::string kwargsrepr_;
  std::string out_;
};

}  // namespace

std::string encode(const Message& message) { return Encoder(message).run(); }

}  // namespace plinth::tasks

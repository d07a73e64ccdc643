// A task's message as Celery's protocol 2 has it, and as one element of a Redis list.
//
// Written byte for byte as Celery 5.2.6 writes it; read as every version since 3.1 writes it.
// Source: measured with Celery 5.2.6 and 5.6.3 (tests/conformance/celery_messages.jsonl).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "plinth/datetime.hpp"
#include "plinth/json.hpp"

namespace plinth::tasks {

/// Texts that are empty are null on the wire, unless it says otherwise.
struct Message {
  std::string task;           // its name; never empty
  std::string id;             // never empty
  std::string args = "[]";    // a JSON array
  std::string kwargs = "{}";  // a JSON object

  // What follows, as JSON: signatures {"task", "args", "kwargs", "options", "subtask_type",
  // "immutable"}.
  std::string callbacks = {};  // array
  std::string errbacks = {};   // array
  std::string chain = {};      // array, the next one last
  std::string chord = {};      // the body's signature

  std::optional<DateTime> eta = {};
  std::optional<DateTime> expires = {};
  // properties.expiration: what was left until `expires` when it was sent.
  std::optional<std::int64_t> expiration_ms = {};
  std::int64_t retries = 0;
  std::optional<double> time_limit = {};       // seconds; hard
  std::optional<double> soft_time_limit = {};  // seconds
  std::string root_id = {};
  std::string parent_id = {};
  std::string group = {};
  std::optional<std::int64_t> group_index = {};
  std::string shadow = {};      // the name to show instead of `task`
  std::string argsrepr = {};    // empty: encode() makes it, of a tuple
  std::string kwargsrepr = {};  // empty: encode() makes it
  std::string origin = {};      // "gen4803@vm"
  bool ignore_result = false;
  // No consumer asks, but other languages' clients were seen to know only this one.
  std::string lang = "py";
  Json::Object headers = {};  // further ones: traceparent, stamps, …

  std::string correlation_id = {};  // empty: encode() writes the id
  std::string reply_to = {};        // empty: ""
  Json::Object properties = {};     // further ones, as replaced_task_nesting of a retry
  std::string exchange = {};        // empty: ""
  std::string queue = "default";    // properties.delivery_info.routing_key
  std::int64_t priority = 0;
  std::string delivery_tag = {};  // unique to each sending; empty: encode() makes a random UUID

  // Only read: where brokers note what happened on the way.
  bool redelivered = false;
  std::int64_t delivery_count = 0;  // headers.x-delivery-count of our broker
};

/// A list element that is no task to run, with what could be read of it.
struct Malformed {
  std::string reason;  // "headers.id: expected text, got 5"
  std::string id = {};
  std::string task = {};
  std::string reply_to = {};
  std::string queue = {};
  std::string delivery_tag = {};
};

/// One element of a Redis list. Throws JsonError when a text of JSON is none.
std::string encode(const Message& message);

/// Never throws for what the text holds.
///
/// text     protocol 2, or 1; its body base64 or plain, perhaps compressed with zlib
/// returns  args and kwargs in Python's spelling, kombu's tagged values ({"__type__": "datetime",
///          "__value__": …}) as plain texts
std::variant<Message, Malformed> decode(std::string_view text);

/// A body that unpacks to more than this is malformed.
inline constexpr std::size_t body_bytes_max = 64 << 20;

}  // namespace plinth::tasks

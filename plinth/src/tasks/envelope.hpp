// Messages that are no tasks: events, requests to workers (kombu's pidbox) and their answers.
// Source: celery-protocol §5, §6, measured with Celery 5.2.6 and 5.6.3; kombu/pidbox.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/json.hpp"

namespace plinth::tasks {

struct Envelope {
  std::string body;            // JSON
  std::string headers = "{}";  // a JSON object
  std::string exchange = {};
  std::string routing_key = {};
  int delivery_mode = 1;          // 1 transient, 2 persistent; Redis does not care
  std::string delivery_tag = {};  // empty: encode() makes a random UUID
};

/// Body and headers are written as they are.
std::string encode(const Envelope& envelope);
/// Empty when it is none.
std::optional<Envelope> decode_envelope(std::string_view text);

/// Between the parts of a binding in Redis: "<routing key>\x06\x16<pattern>\x06\x16<queue>".
inline constexpr std::string_view binding_separator = "\x06\x16";

/// What `celery inspect` and `celery control` ask of workers.
struct ControlRequest {
  std::string method;
  Json arguments = Json::object({});
  std::vector<std::string> destination = {};  // names of nodes; empty: all that `pattern` allows
  std::string pattern = {};                   // of names of nodes; empty: all
  std::string matcher = {};                   // how `pattern` is written: "glob" or "pcre"
  std::string ticket = {};                    // stands in the answer's headers
  std::string reply_exchange = {};            // both empty: nobody waits for an answer
  std::string reply_key = {};
  std::int64_t clock = 0;  // Lamport's, of who asks
  double expires = 0;      // Unix time after which nobody waits any more; 0: never

  /// Whether the node of that name is meant. A pattern that is no regular expression means none.
  bool is_for(std::string_view node) const;
};

std::string encode(const ControlRequest& request);
std::optional<ControlRequest> decode_request(std::string_view text);

/// The answer of a node: {"<node>": <answer>}.
std::string encode_reply(const ControlRequest& request, std::string_view node, const Json& answer,
                         std::int64_t clock);

/// An answer as who asked receives it.
struct ControlReply {
  std::string ticket;
  Json answers;  // {"<node>": <answer>}
  std::int64_t clock = 0;
};
std::optional<ControlReply> decode_reply(std::string_view text);

}  // namespace plinth::tasks

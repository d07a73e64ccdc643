#include "tasks/redis_held.hpp"

#include <utility>
#include <vector>

#include "json/node.hpp"
#include "tasks/python_text.hpp"

namespace plinth::tasks {

namespace {

using json::Document;
using json::Member;
using json::Node;

constexpr std::string_view count_header = "x-delivery-count";

// Takes a JSON string off the end of `rest`; empty when there is none.
std::optional<std::string> take_string(std::string_view& rest) {
  if (!rest.ends_with('"')) return std::nullopt;
  auto open = rest.size() - 1;
  while (true) {
    if (open == 0) return std::nullopt;
    open = rest.rfind('"', open - 1);
    if (open == std::string_view::npos) return std::nullopt;
    std::size_t backslashes = 0;
    while (backslashes < open && rest[open - 1 - backslashes] == '\\') ++backslashes;
    if (backslashes % 2 == 0) break;
  }
  Document document;
  json::Error error;
  if (!document.parse(rest.substr(open), error)) return std::nullopt;
  rest.remove_suffix(rest.size() - open);
  return std::string(document.root().string());
}

bool take(std::string_view& rest, std::string_view suffix) {
  if (!rest.ends_with(suffix)) return false;
  rest.remove_suffix(suffix.size());
  return true;
}

const Node* member_of(const Node* object, std::string_view name) {
  return object && object->is_object() ? object->find(name) : nullptr;
}

using Changes = std::vector<std::pair<std::string_view, std::optional<Node>>>;

// The object with some members set, or with none taken out; in place, or at the end.
Node changed(Document& document, const Node& object, Changes changes) {
  std::vector<Member> members;
  for (const auto& member : object.members()) {
    Member kept = member;
    bool drop = false;
    for (auto& [name, value] : changes) {
      if (name != member.key.string()) continue;
      drop = !value;
      if (value) kept.value = *value;
      name = {};
    }
    if (!drop) members.push_back(kept);
  }
  for (const auto& [name, value] : changes) {
    if (!name.empty() && value) members.push_back({document.make_string(name), *value});
  }
  return document.make_object(members);
}

// Writes the message anew, as kombu does when it restores one.
std::string rewritten(std::string_view text, std::optional<std::int64_t> deliveries) {
  Document document;
  json::Error error;
  if (!document.parse(text, error) || !document.root().is_object()) return std::string(text);
  const auto mark = deliveries ? std::optional(Node::make_boolean(true)) : std::optional<Node>();
  Changes top;
  const auto* headers = document.root().find("headers");
  if (headers && headers->is_object()) {
    const auto count =
        deliveries ? std::optional(Node::make_integer(*deliveries)) : std::optional<Node>();
    top.emplace_back("headers",
                     changed(document, *headers, {{"redelivered", mark}, {count_header, count}}));
  }
  const auto* properties = document.root().find("properties");
  const auto* info = member_of(properties, "delivery_info");
  if (info && info->is_object()) {
    const auto marked = changed(document, *info, {{"redelivered", mark}});
    top.emplace_back("properties", changed(document, *properties, {{"delivery_info", marked}}));
  }
  std::string out;
  append_python_json(out, changed(document, document.root(), top));
  return out;
}

}  // namespace

std::optional<HeldMessage> read_held(std::string_view value) {
  HeldMessage held;
  if (!value.starts_with('[') || !take(value, "]")) return std::nullopt;
  value.remove_prefix(1);
  held.deferred = take(value, " ");
  auto routing_key = take_string(value);
  if (!routing_key || !take(value, ", ")) return std::nullopt;
  auto exchange = take_string(value);
  if (!exchange || !take(value, ", ")) return std::nullopt;
  held.text = value;
  held.exchange = std::move(*exchange);
  held.routing_key = std::move(*routing_key);
  return held;
}

std::string held_closing(const std::string& queue) {
  std::string closing = R"(, "", )";
  append_python_string(closing, queue);
  return closing + "]";
}

// Most messages were never delivered before; a look at their bytes shows that.
std::int64_t deliveries_of(std::string_view text) {
  if (text.find("redelivered\"") == std::string_view::npos) return 0;
  Document document;
  json::Error error;
  if (!document.parse(text, error)) return 0;
  const auto* headers = member_of(&document.root(), "headers");
  if (const auto* count = member_of(headers, count_header); count && count->is_integer()) {
    return count->integer() > 0 ? count->integer() : 0;
  }
  // By a Python worker, which does not count.
  const auto* mark = member_of(headers, "redelivered");
  return mark && mark->is_boolean() && mark->boolean() ? 1 : 0;
}

std::string redelivered(std::string_view text, std::int64_t deliveries) {
  return rewritten(text, deliveries);
}

std::string as_sent(std::string_view text) { return rewritten(text, std::nullopt); }

std::int64_t priority_of(std::string_view text) {
  Document document;
  json::Error error;
  if (!document.parse(text, error)) return 0;
  const auto* priority = member_of(member_of(&document.root(), "properties"), "priority");
  return priority && priority->is_integer() ? priority->integer() : 0;
}

}  // namespace plinth::tasks

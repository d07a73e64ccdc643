#include "tasks/tagged_values.hpp"

#include <algorithm>
#include <vector>

#include "plinth/values.hpp"
#include "tasks/python_text.hpp"

namespace plinth::tasks {

namespace {

constexpr std::string_view texts[] = {"datetime", "date", "time", "decimal", "bytes", "base64"};

std::optional<json::Node> plain(json::Document& document, const json::Node& type,
                                const json::Node& value) {
  if (!type.is_string()) return std::nullopt;
  if (std::ranges::find(texts, type.string()) != std::end(texts)) {
    return value.is_string() ? std::optional(value) : std::nullopt;
  }
  if (type.string() != "uuid" || !value.is_object()) return std::nullopt;
  const auto* hex = value.find("hex");
  if (hex == nullptr || !hex->is_string()) return std::nullopt;
  const auto uuid = Uuid::parse(hex->string());
  return uuid ? std::optional(document.make_string(uuid->str())) : std::nullopt;
}

std::optional<json::Node> untagged_array(json::Document& document, const json::Node& array) {
  std::vector<json::Node> items;
  items.reserve(array.size());
  for (const auto& item : array.items()) {
    auto plain_item = untagged(document, item);
    if (!plain_item) return std::nullopt;
    items.push_back(*plain_item);
  }
  return document.make_array(items);
}

}  // namespace

std::optional<json::Node> untagged(json::Document& document, const json::Node& value) {
  if (value.is_array()) return untagged_array(document, value);
  if (!value.is_object()) return value;
  const auto* type = value.find("__type__");
  const auto* tagged = value.find("__value__");
  if (value.size() == 2 && type != nullptr && tagged != nullptr) {
    return plain(document, *type, *tagged);
  }
  std::vector<json::Member> members;
  members.reserve(value.size());
  for (const auto& [key, item] : value.members()) {
    auto plain_item = untagged(document, item);
    if (!plain_item) return std::nullopt;
    members.push_back({key, *plain_item});
  }
  return document.make_object(members);
}

std::optional<std::string> plain_python_json(std::string_view json) {
  json::Document document;
  json::Error error;
  if (!document.parse(json, error)) return std::nullopt;
  auto value = std::optional(document.root());
  if (may_hold_tagged(json)) value = untagged(document, document.root());
  if (!value) return std::nullopt;
  std::string out;
  out.reserve(json.size() + json.size() / 8);
  append_python_json(out, *value);
  return out;
}

}  // namespace plinth::tasks

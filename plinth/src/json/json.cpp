#include "plinth/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "json/node.hpp"
#include "json/utf8.hpp"
#include "json/writer.hpp"

namespace plinth {

namespace {

std::string_view name_of(Json::Kind kind) {
  constexpr std::array<std::string_view, 8> names = {"null",          "a boolean", "an integer",
                                                     "a big integer", "a number",  "a string",
                                                     "an array",      "an object"};
  return names[static_cast<std::size_t>(kind)];
}

[[noreturn]] void throw_kind(std::string_view wanted, Json::Kind found) {
  throw std::runtime_error("JSON value is " + std::string(name_of(found)) + ", not " +
                           std::string(wanted));
}

void append_pretty(std::string& out, const Json& value, int indent, int depth) {
  auto line = [&](int level) {
    out += '\n';
    out.append(static_cast<std::size_t>(indent * level), ' ');
  };
  bool first = true;
  if (value.size() == 0) {
    json::Writer(out, json::Floats::python, json::NonFinite::text).value(value);
  } else if (value.is_array()) {
    out += '[';
    for (const auto& item : value.items()) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      append_pretty(out, item, indent, depth + 1);
    }
    line(depth);
    out += ']';
  } else {
    out += '{';
    for (const auto& [key, item] : value.members()) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      json::append_quoted(out, key);
      out += ": ";
      append_pretty(out, item, indent, depth + 1);
    }
    line(depth);
    out += '}';
  }
}

bool is_numeric(const Json& value) {
  return value.kind() == Json::Kind::integer || value.kind() == Json::Kind::big_integer ||
         value.kind() == Json::Kind::number;
}

std::vector<const Json::Member*> sorted_by_key(const Json::Object& members) {
  std::vector<const Json::Member*> sorted;
  sorted.reserve(members.size());
  for (const auto& member : members) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  return sorted;
}

bool same_members(const Json::Object& left, const Json::Object& right) {
  if (left.size() != right.size()) return false;
  auto same = [](auto* a, auto* b) { return a->first == b->first && a->second == b->second; };
  return std::ranges::equal(sorted_by_key(left), sorted_by_key(right), same);
}

}  // namespace

JsonError::JsonError(std::string_view text, std::size_t at)
    : std::runtime_error(std::string(text) + " (char " + std::to_string(at) + ")"),
      message(text),
      position(at) {}

Json::Value Json::integer_value(std::uint64_t value) {
  if (value <= std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return static_cast<std::int64_t>(value);
  return BigInteger{std::to_string(value)};
}

Json Json::object(std::initializer_list<std::pair<std::string_view, Json>> members) {
  Json json = Object();
  for (const auto& [key, value] : members) json[key] = value;
  return json;
}

Json Json::big_integer(std::string digits) {
  const bool negative = digits.starts_with('-');
  const auto first = digits.find_first_not_of('0', negative ? 1 : 0);
  if (digits.size() == (negative ? 1u : 0u) ||
      digits.find_first_not_of("0123456789", negative ? 1 : 0) != digits.npos) {
    throw std::invalid_argument("Json::big_integer: \"" + digits + "\" is no decimal integer");
  }
  if (first == digits.npos) return 0;
  digits = (negative ? "-" : "") + digits.substr(first);
  std::int64_t small = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), small);
  if (error == std::errc()) return small;
  Json json;
  json.value_ = BigInteger{std::move(digits)};
  return json;
}

Json Json::parse(std::string_view text) {
  json::Document document;
  json::Error error;
  if (!document.parse(text, error)) throw JsonError(error.message, error.position);
  return json::to_json(document.root());
}

template <class T>
const T& Json::get(Kind wanted) const {
  if (const auto* value = std::get_if<T>(&value_)) return *value;
  throw_kind(name_of(wanted), kind());
}

bool Json::boolean() const { return get<bool>(Kind::boolean); }
std::int64_t Json::integer() const { return get<std::int64_t>(Kind::integer); }
const std::string& Json::digits() const { return get<BigInteger>(Kind::big_integer).digits; }
const std::string& Json::str() const { return get<std::string>(Kind::string); }
const Json::Array& Json::items() const { return get<Array>(Kind::array); }
Json::Array& Json::items() { return const_cast<Array&>(std::as_const(*this).items()); }
const Json::Object& Json::members() const { return get<Object>(Kind::object); }
Json::Object& Json::members() { return const_cast<Object&>(std::as_const(*this).members()); }

double Json::number() const {
  switch (kind()) {
    case Kind::integer:
      return static_cast<double>(std::get<std::int64_t>(value_));
    case Kind::big_integer:
      return json::Node::borrow_big_integer(digits()).number();
    default:
      return get<double>(Kind::number);
  }
}

const Json& Json::operator[](std::string_view key) const {
  if (!is_object()) throw_kind(name_of(Kind::object), kind());
  if (const auto* value = find(key)) return *value;
  throw std::out_of_range("JSON object has no member \"" + std::string(key) + "\"");
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object();
  if (!is_object()) throw_kind(name_of(Kind::object), kind());
  if (const auto* value = find(key)) return const_cast<Json&>(*value);
  return members().emplace_back(std::string(key), Json()).second;
}

const Json& Json::operator[](std::size_t index) const {
  const auto& all = items();
  if (index < all.size()) return all[index];
  throw std::out_of_range("JSON array of " + std::to_string(all.size()) + " items has no item " +
                          std::to_string(index));
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& member : members()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

std::size_t Json::size() const {
  if (is_array()) return items().size();
  if (is_object()) return members().size();
  return 0;
}

std::string Json::dump() const {
  std::string out;
  json::Writer(out, json::Floats::python, json::NonFinite::text).value(*this);
  return out;
}

std::string Json::pretty(int indent) const {
  std::string out;
  append_pretty(out, *this, indent, 0);
  return out;
}

bool operator==(const Json& left, const Json& right) {
  if (left.kind() == right.kind()) {
    if (left.is_object()) return same_members(left.members(), right.members());
    return left.value_ == right.value_;
  }
  return is_numeric(left) && is_numeric(right) && left.number() == right.number();
}

}  // namespace plinth

namespace plinth::json {

Json to_json(const Node& node) {
  auto text = [](const Node& string) {
    return string.has_surrogate() ? repair_utf8(string.string()) : std::string(string.string());
  };
  switch (node.kind()) {
    case Kind::null:
      return {};
    case Kind::boolean:
      return node.boolean();
    case Kind::integer:
      return node.integer();
    case Kind::big_integer:
      return Json::big_integer(std::string(node.literal()));
    case Kind::number:
      return node.number();
    case Kind::string:
      return text(node);
    case Kind::array: {
      Json::Array items;
      items.reserve(node.size());
      for (const auto& item : node.items()) items.push_back(to_json(item));
      return items;
    }
    case Kind::object: {
      Json::Object members;
      members.reserve(node.size());
      for (const auto& member : node.members())
        members.emplace_back(text(member.key), to_json(member.value));
      return members;
    }
  }
  return {};
}

}  // namespace plinth::json

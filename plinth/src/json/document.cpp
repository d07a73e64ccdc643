#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "json/node.hpp"
#include "json/reader.hpp"
#include "json/utf8.hpp"

namespace plinth::json {

namespace {

constexpr std::size_t linear_members_max = 16;
constexpr std::size_t open_children_min = 16;  // room enough for most bodies

// A cheap hash: keys that differ mostly get different bits.
std::uint64_t key_bit(std::string_view key) {
  if (key.empty()) return 1;
  auto sum =
      static_cast<unsigned char>(key.front()) * 7u + static_cast<unsigned char>(key.back()) * 3u;
  return std::uint64_t{1} << ((sum + key.size()) & 63);
}

bool may_repeat_key(std::span<const Member> members) {
  std::uint64_t seen = 0;
  for (const auto& member : members) {
    auto bit = key_bit(member.key.string());
    if ((seen & bit) != 0) return true;
    seen |= bit;
  }
  return false;
}

// What std::from_chars calls out of range: infinite when the first significant digit stands high,
// else zero.
double saturated_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto exponent_mark = text.find_first_of("eE");
  const auto mantissa = text.substr(0, exponent_mark);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  const auto first = mantissa.find_first_of("123456789");
  if (first == mantissa.npos) return negative ? -0.0 : 0.0;
  std::int64_t magnitude = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  if (exponent_mark != text.npos) {
    auto digits = text.substr(exponent_mark + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t exponent = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error != std::errc())
      exponent = digits.starts_with('-') ? INT32_MIN * 4ll : INT32_MAX * 4ll;
    // Text is at most 4 GiB long, so beyond these bounds the exponent alone decides.
    magnitude += std::clamp<std::int64_t>(exponent, INT32_MIN * 4ll, INT32_MAX * 4ll);
  }
  const double value = magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -value : value;
}

const std::uint32_t* index_of(std::span<const Member> members) {
  return reinterpret_cast<const std::uint32_t*>(members.data() + members.size());
}

}  // namespace

bool Document::parse(std::string_view text, Error& error) {
  clear();
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    error = {Error::Kind::unreadable, "Text of more than 4 GiB", 0};
    return false;
  }
  if (is_wide(text)) {
    std::string narrow;
    if (!transcode_wide(text, narrow)) {
      error = {Error::Kind::unreadable, "Neither UTF-8 nor UTF-16 nor UTF-32", 0};
      return false;
    }
    text = arena_.copy(narrow);
  } else if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  auto check = check_utf8(text);
  if (!check.valid) {
    error = {Error::Kind::unreadable, "Invalid UTF-8", 0};
    return false;
  }
  open_items_.reserve(open_children_min);
  open_members_.reserve(open_children_min);
  Reader reader(*this, text, check.surrogates);
  Node root;
  if (!reader.read(root)) {
    error = reader.error();
    return false;
  }
  root_ = root;
  return true;
}

Node Document::make_number(double value) {
  if (std::isnan(value)) return Node::borrow_number("NaN");
  if (std::isinf(value)) return Node::borrow_number(value < 0 ? "-Infinity" : "Infinity");
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string_view digits(buffer, static_cast<std::size_t>(end - buffer));
  if (digits.find_first_of(".e") != digits.npos) return Node::borrow_number(arena_.copy(digits));
  *end++ = '.';
  *end++ = '0';
  return Node::borrow_number(arena_.copy({buffer, static_cast<std::size_t>(end - buffer)}));
}

Node Document::make_array(std::span<const Node> items) {
  Node node(Kind::array);
  node.size_ = static_cast<std::uint32_t>(items.size());
  auto* copy = arena_.make<Node>(items.size());
  std::uninitialized_copy(items.begin(), items.end(), copy);
  node.items_ = copy;
  return node;
}

Node Document::make_object(std::span<const Member> members) {
  if (members.size() > linear_members_max) return make_indexed_object(members);
  auto* copy = arena_.make<Member>(members.size());
  std::size_t size = members.size();
  if (!may_repeat_key(members)) {
    std::uninitialized_copy(members.begin(), members.end(), copy);
  } else {
    size = 0;
    for (const auto& member : members) {
      auto same = [&](const Member& other) { return other.key.string() == member.key.string(); };
      auto* place = std::find_if(copy, copy + size, same);
      if (place != copy + size) {
        place->value = member.value;
      } else {
        new (copy + size++) Member(member);
      }
    }
  }
  Node node(Kind::object);
  node.size_ = static_cast<std::uint32_t>(size);
  node.members_ = copy;
  return node;
}

// Sorted, so that no choice of keys makes it slower than O(n log n).
Node Document::make_indexed_object(std::span<const Member> members) {
  auto key_of = [&](std::uint32_t i) { return members[i].key.string(); };
  std::vector<std::uint32_t> order(members.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    auto relation = key_of(a) <=> key_of(b);
    return relation == 0 ? a < b : relation < 0;
  });

  std::vector<std::uint32_t> last(
      members.size());  // of a first occurrence: where its value is; else itself
  std::vector<bool> repeated(members.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t next = i + 1;
    for (; next < order.size() && key_of(order[next]) == key_of(order[i]); ++next)
      repeated[order[next]] = true;
    last[order[i]] = order[next - 1];
    ++size;
    i = next;
  }

  auto* bytes = arena_.make<std::byte>(size * (sizeof(Member) + sizeof(std::uint32_t)));
  auto* copy = reinterpret_cast<Member*>(bytes);
  std::vector<std::uint32_t> place(members.size());
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (repeated[i]) continue;
    place[i] = count;
    new (copy + count++) Member{members[i].key, members[last[i]].value};
  }
  auto* index = reinterpret_cast<std::uint32_t*>(copy + size);
  for (auto i : order) {
    if (!repeated[i]) new (index++) std::uint32_t(place[i]);
  }

  Node node(Kind::object);
  node.flags_ = Node::indexed_flag;
  node.size_ = static_cast<std::uint32_t>(size);
  node.members_ = copy;
  return node;
}

Node Document::make(const Json& value) {
  switch (value.kind()) {
    case Kind::null:
      return {};
    case Kind::boolean:
      return Node::make_boolean(value.boolean());
    case Kind::integer:
      return Node::make_integer(value.integer());
    case Kind::big_integer:
      return Node::borrow_big_integer(arena_.copy(value.digits()));
    case Kind::number:
      return make_number(value.number());
    case Kind::string:
      return make_string(value.str());
    case Kind::array: {
      std::vector<Node> items;
      for (const auto& item : value.items()) items.push_back(make(item));
      return make_array(items);
    }
    case Kind::object: {
      std::vector<Member> members;
      for (const auto& [key, item] : value.members())
        members.push_back({make_string(key), make(item)});
      return make_object(members);
    }
  }
  return {};
}

const Node* Node::find(std::string_view key) const {
  if ((flags_ & indexed_flag) != 0) return find_indexed(key);
  for (const auto& member : members()) {
    if (member.key.string() == key) return &member.value;
  }
  return nullptr;
}

const Node* Node::find_indexed(std::string_view key) const {
  auto all = members();
  const auto* first = index_of(all);
  const auto* last = first + all.size();
  auto before = [&](std::uint32_t i, std::string_view text) { return all[i].key.string() < text; };
  const auto* found = std::lower_bound(first, last, key, before);
  if (found == last || all[*found].key.string() != key) return nullptr;
  return &all[*found].value;
}

double Node::number() const {
  if (is_integer()) return static_cast<double>(integer_);
  std::string_view text = literal();
  const bool negative = text.starts_with('-');
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text.ends_with("Infinity")) {
    return negative ? -std::numeric_limits<double>::infinity()
                    : std::numeric_limits<double>::infinity();
  }
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc()) return value;
  return saturated_number(text);
}

}  // namespace plinth::json

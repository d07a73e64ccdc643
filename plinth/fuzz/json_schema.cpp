// JSON Schema of random types: it is JSON, and every reference in it leads somewhere. The types are
// tables made of the input, with everything that a header could have said; a cycle goes through a
// struct, as it does in C++.
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expect.hpp"
#include "http/query.hpp"
#include "openapi/model_order.hpp"
#include "plinth/detail/type.hpp"
#include "schema/json_schema.hpp"

using namespace plinth;
using detail::Kind;
using detail::Type;
using fuzz::expect;
using fuzz::take_number;

namespace {

constexpr std::size_t slots = 12;
// Alternatives of alternatives are written out each time: eleven deep they would be millions.
constexpr std::size_t size_max = 1000;
std::array<Type, slots>* pool = nullptr;

template <std::size_t I>
const Type& slot() {
  return (*pool)[I];
}

template <std::size_t... I>
constexpr std::array<detail::TypeFn, slots> functions(std::index_sequence<I...>) {
  return {slot<I>...};
}
constexpr auto slot_functions = functions(std::make_index_sequence<slots>());

// What a member of any kind is, all sizes left out: no value of these types is made.
class Maker {
 public:
  explicit Maker(std::string_view bytes) : bytes_(bytes) {
    for (auto& type : types_)
      type = {.kind = Kind::none,
              .name = "",
              .size = 1,
              .align = 1,
              .make_blank = nullptr,
              .destroy = nullptr};
    pool = &types_;
    // From the last: what is no struct leads to later ones and to structs only.
    for (std::size_t at = 0; at < slots; ++at) is_object_[at] = take(3) == 0;
    for (std::size_t at = slots; at-- > 0;) fill(at);
    for (auto& rows : members_) detail::finish_members(rows);
  }

  const Type& root() const { return types_[0]; }

 private:
  std::size_t take(std::size_t limit) { return take_number(bytes_, limit); }

  std::string_view word() {
    const auto size = std::min(take(12), bytes_.size());
    auto& text = texts_.emplace_back(http::latin1_to_utf8(bytes_.substr(0, size)));
    bytes_.remove_prefix(size);
    return text;
  }

  std::string_view name() {
    static constexpr std::array<std::string_view, 6> names = {
        "Item", "User", "Item", "Page", "Body_login", "HTTPValidationError"};
    return names[take(names.size())];
  }

  // Where a part of the type at `at` leads, which grows by it.
  detail::TypeFn next(std::size_t at) {
    auto to = take(slots);
    if (to <= at && !is_object_[to]) to = at + 1 < slots ? at + 1 : at;
    if (!is_object_[to] && sizes_[at] + sizes_[to] > size_max) to = slots - 1;
    sizes_[at] += is_object_[to] ? 1 : sizes_[to];
    return slot_functions[to];
  }

  void fill(std::size_t at) {
    auto& type = types_[at];
    sizes_[at] = 1;
    if (take(2) == 0) type.rules = &rules();
    if (is_object_[at]) return fill_object(type);
    if (at + 1 == slots) {
      type.kind = Kind::string;
      return;
    }
    type.kind = static_cast<Kind>(take(static_cast<std::size_t>(Kind::none) + 1));
    switch (type.kind) {
      case Kind::object:
        type.kind = Kind::none;
        break;
      case Kind::enumeration:
        type.name = name();
        type.qualified = word();
        type.integer_enum = take(2) == 0;
        [[fallthrough]];
      case Kind::literal:
        fill_enumerators(type);
        break;
      case Kind::optional:
      case Kind::list:
      case Kind::set:
        type.element = next(at);
        break;
      case Kind::map:
        type.key = slot_functions[slots - 1];
        type.element = next(at);
        break;
      case Kind::tuple:
      case Kind::variant: {
        auto& list = lists_.emplace_back();
        for (auto count = 1 + take(4); count-- > 0;) list.push_back(next(at));
        type.alternatives = list;
        break;
      }
      default:
        break;
    }
  }

  void fill_enumerators(Type& type) {
    auto& rows = enumerators_.emplace_back();
    for (auto count = 1 + take(4); count-- > 0;) {
      rows.push_back({.name = word(), .value = static_cast<std::int64_t>(take(256))});
    }
    type.enumerators = rows;
  }

  void fill_object(Type& type) {
    type.kind = Kind::object;
    type.name = name();
    type.qualified = word();
    type.title = word();
    type.description = word();
    type.forbid_extra = take(2) == 0;
    auto& rows = members_.emplace_back();
    for (auto count = take(5); count-- > 0;) {
      rows.push_back({.name = word(), .type = slot_functions[take(slots)], .offset = 0});
    }
    type.members = rows;
  }

  const detail::Rules& rules() {
    auto& made = rules_.emplace_back();
    const auto bound = [this] {
      const auto number = static_cast<std::int64_t>(take(256));
      return detail::Bound{.present = take(2) == 0,
                           .is_integer = take(2) == 0,
                           .integer = number,
                           .number = static_cast<double>(number) / 2};
    };
    made.gt = bound();
    made.le = bound();
    made.multiple_of = bound();
    made.min_length = static_cast<std::int64_t>(take(5)) - 1;
    made.max_length = static_cast<std::int64_t>(take(5)) - 1;
    made.max_digits = static_cast<std::int32_t>(take(5)) - 1;
    made.decimal_places = static_cast<std::int32_t>(take(5)) - 1;
    made.required = take(2) == 0;
    made.exclude = take(4) == 0;
    made.deprecated = take(2) == 0;
    made.pattern = word();
    made.alias = word();
    made.title = word();
    made.description = word();
    made.format = word();
    if (take(2) == 0) made.default_json = [] { return std::string(R"({"a": [1, null]})"); };
    return made;
  }

  std::string_view bytes_;
  std::array<Type, slots> types_;
  std::array<bool, slots> is_object_{};
  std::array<std::size_t, slots> sizes_{};  // of what is written, but for objects: references
  std::deque<std::string> texts_;
  std::deque<detail::Rules> rules_;
  std::deque<std::vector<detail::Member>> members_;
  std::deque<std::vector<detail::Enumerator>> enumerators_;
  std::deque<std::vector<detail::TypeFn>> lists_;
};

void check_references(const Json& json, const Json& components) {
  if (json.is_array()) {
    for (const auto& item : json.items()) check_references(item, components);
  }
  if (!json.is_object()) return;
  for (const auto& [key, value] : json.members()) {
    if (key == "$ref" && value.is_string()) {
      constexpr std::string_view prefix = "#/components/schemas/";
      const std::string_view target = value.str();
      expect(target.starts_with(prefix));
      expect(components.find(target.substr(prefix.size())) != nullptr);
    } else {
      check_references(value, components);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Maker maker(fuzz::as_text(data, size));
  schema::Definitions definitions;
  definitions.use(maker.root(), schema::Usage::input);
  definitions.use(maker.root(), schema::Usage::output);
  const auto components = definitions.components();
  expect(Json::parse(components.dump()).dump() == components.dump());
  check_references(components, components);
  for (const auto usage : {schema::Usage::input, schema::Usage::output}) {
    const auto schema = definitions.schema(maker.root(), usage, "Title");
    expect(Json::parse(schema.dump()) == schema);
    check_references(schema, components);
    check_references(openapi::schema_in_order(schema), components);
  }
  return 0;
}

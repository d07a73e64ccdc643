// The table of a type: what the compiled engines (validate, serialise, JSON Schema, bind, decode)
// know of it. Headers make these tables out of types; engines walk them. No engine is a template.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plinth {
class Json;
}

namespace plinth::detail {

// How the value lies in memory, in the comment; a Field<T, rules...> lies as its T.
enum class Kind : std::uint8_t {
  boolean,  // bool
  int8,     // std::int8_t … std::uint64_t
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,      // float
  float64,      // double
  string,       // std::string
  bytes,        // Bytes
  email,        // Email
  url,          // Url
  secret,       // Secret
  date_time,    // DateTime
  date,         // Date
  time,         // Time
  duration,     // Duration
  uuid,         // Uuid
  decimal,      // Decimal
  any,          // Json
  enumeration,  // an enum class; `enumerators`
  literal,      // std::string, one of `enumerators` names
  optional,     // std::optional<T>; `element`, `container`
  list,         // std::vector<T>; `element`, `container`
  set,          // std::set<T>: a JSON array without repeats; `element`, `container`
  map,          // std::map<Key, T>; `key`, `element`, `container`
  tuple,        // std::tuple / std::pair; `alternatives` are the items, `member_at`
  variant,      // std::variant<…>; `alternatives`, `container`
  object,       // aggregate; `members`
  none,         // void / std::monostate: null
};

struct Type;
using TypeFn = const Type& (*)();

struct Enumerator {
  std::string_view name;  // JSON text of a string enum
  std::int64_t value;     // what lies in memory
};

// Rules of a Field; empty ones are absent. Numbers are kept as given: is_integer tells which of the
// two to print.
struct Bound {
  bool present = false;
  bool is_integer = true;
  std::int64_t integer = 0;
  double number = 0;
};

struct Rules {
  Bound gt, ge, lt, le, multiple_of;
  std::int64_t min_length = -1;  // code points, items; -1: none
  std::int64_t max_length = -1;
  std::int32_t max_digits = -1;      // Decimal
  std::int32_t decimal_places = -1;  // Decimal
  bool strip_whitespace = false;
  bool to_lower = false;
  bool to_upper = false;
  bool strict = false;
  bool deprecated = false;
  bool required = false;         // of an optional: null may be given, but must be given
  bool secret = false;           // its input is never echoed or logged
  bool exclude = false;          // not serialised
  bool default_is_made = false;  // by a function at each use, so no part of the schema
  std::string_view pattern;
  std::string_view alias;       // its name on the wire
  std::string_view also_named;  // taken when its own name is absent (pydantic's AliasChoices)
  std::string_view title;
  std::string_view description;
  std::string_view format;         // JSON Schema "format"
  std::string_view example;        // JSON text
  std::string_view discriminator;  // of a variant: the member that tells
  // A check of the user's: empty text when the value is good, else the reason ("name is bad").
  std::string (*check)(const void* value) = nullptr;
  // JSON text of the default, null when required; the value itself is set by Type::set_default.
  std::string (*default_json)() = nullptr;
};

struct Member {
  std::string_view name;
  TypeFn type;
  std::size_t offset;
  // What the rules say, found once by finish_members:
  const Type* resolved = nullptr;  // what type() returns
  const Rules* rules = nullptr;    // its own, or those of the T of an optional<T>; may be null
  std::string_view wire = {};      // its alias or name
  std::string_view also = {};      // taken when `wire` is absent; "" for none
  bool secret = false;             // by rule, by kind, or by its name
};

/// Fills the second half of each row; compiled in src/schema.
void finish_members(std::span<Member> rows);

// What an engine does with the containers; those that do not apply are null.
struct Container {
  std::size_t (*size)(const void*) = nullptr;  // items; 1/0 of an optional; index of a variant
  void (*clear)(void*) = nullptr;
  void* (*append)(void*) = nullptr;             // list: a blank item at the end; optional: engaged
  void* (*insert)(void*, void* key) = nullptr;  // map: moves the key in; the place of its value
  bool (*insert_item)(void*, void* item) = nullptr;  // set: moves it in; false when it was there
  void* (*emplace)(void*, std::size_t index) = nullptr;  // variant: makes alternative index
  void (*move)(void* to, void* from) = nullptr;          // variant
  const void* (*at)(const void*,
                    std::size_t index) = nullptr;  // list item, tuple item, held alternative
  // Calls visit(context, key, value) for each; key is null but in a map.
  void (*each)(const void*, void* context,
               void (*visit)(void*, const void* key, const void* value)) = nullptr;
};

struct Type {
  Kind kind;
  std::string_view name;  // struct and enum: its name, "User"; else ""
  std::size_t size;
  std::size_t align;
  void (*make_blank)(void*);  // constructs at raw memory a value to be filled
  void (*destroy)(void*);
  void (*set_default)(void*) = nullptr;  // assigns the default; null when there is none
  const Rules* rules = nullptr;
  std::span<const Member> members = {};
  std::span<const Enumerator> enumerators = {};
  bool integer_enum = false;  // numbers on the wire
  TypeFn element = nullptr;
  TypeFn key = nullptr;
  std::span<const TypeFn> alternatives = {};
  Container container = {};
  bool forbid_extra = false;                          // model_config extra="forbid"
  bool strict = false;                                // model_config strict=true
  std::string (*check_model)(const void*) = nullptr;  // as Rules::check, of the whole object
  std::string_view title = {};                        // model_config
  std::string_view description = {};                  // model_config
  std::string_view qualified = {};                    // struct and enum: "app::User"
  std::span<const TypeFn> arguments = {};             // of a struct template: Page<User> has one

  bool required() const {
    if (set_default != nullptr) return false;
    return kind != Kind::optional || (rules != nullptr && rules->required);
  }
};

}  // namespace plinth::detail

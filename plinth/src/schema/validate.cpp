#include "schema/validate.hpp"

#include "schema/pattern.hpp"
#include "schema/validator.hpp"

namespace plinth::schema {

using detail::Kind;
using detail::Rules;
using detail::Type;

namespace {
constexpr Rules unruled;
}  // namespace

bool validate(const Type& type, const json::Node& input, void* out, Errors& errors, const Loc& loc,
              Mode mode) {
  return Validator(errors).value(type, input, out, {.loc = loc, .strict = mode == Mode::strict});
}

bool Validator::value(const Type& type, const json::Node& input, void* out, const Place& place) {
  const Rules* rules = type.rules != nullptr ? type.rules : place.inherited;
  const Rules& found = rules != nullptr ? *rules : unruled;
  Place here = place;
  here.hidden = place.hidden || found.secret || type.kind == Kind::secret;
  Task task{type, found, input, out, here, place.strict || found.strict};
  if (outermost_union_ != nullptr && !within_budget()) {
    return fail(task, "too_complex", "Input is ambiguous on too many levels");
  }
  return dispatch(task) && run_check(task);
}

// NOLINTNEXTLINE(readability-function-size): one line a kind.
bool Validator::dispatch(const Task& task) {
  switch (task.type.kind) {
    case Kind::boolean:
      return boolean(task);
    case Kind::int8:
      return integer<std::int8_t>(task);
    case Kind::int16:
      return integer<std::int16_t>(task);
    case Kind::int32:
      return integer<std::int32_t>(task);
    case Kind::int64:
      return integer<std::int64_t>(task);
    case Kind::uint8:
      return integer<std::uint8_t>(task);
    case Kind::uint16:
      return integer<std::uint16_t>(task);
    case Kind::uint32:
      return integer<std::uint32_t>(task);
    case Kind::uint64:
      return integer<std::uint64_t>(task);
    case Kind::float32:
      return floating<float>(task);
    case Kind::float64:
      return floating<double>(task);
    case Kind::string:
      return string(task);
    case Kind::bytes:
      return bytes(task);
    case Kind::email:
      return email(task);
    case Kind::url:
      return url(task);
    case Kind::secret:
      return secret(task);
    case Kind::date_time:
      return date_time(task);
    case Kind::date:
      return date(task);
    case Kind::time:
      return time(task);
    case Kind::duration:
      return duration(task);
    case Kind::uuid:
      return uuid(task);
    case Kind::decimal:
      return decimal(task);
    case Kind::any:
      floor(Exactness::strict);
      task.as<Json>() = json::to_json(task.input);
      return true;
    case Kind::enumeration:
      return enumeration(task);
    case Kind::literal:
      return literal(task);
    case Kind::optional:
      return optional(task);
    case Kind::list:
      return list(task);
    case Kind::set:
      return set(task);
    case Kind::map:
      return map(task);
    case Kind::tuple:
      return tuple(task);
    case Kind::variant:
      return variant(task);
    case Kind::object:
      return object(task);
    case Kind::none:
      return task.input.is_null() || fail(task, "none_required", "Input should be None");
  }
  return false;
}

// Only the rules of the type itself: a check that was written for an optional takes the optional.
bool Validator::run_check(const Task& task) {
  if (task.type.rules == nullptr || task.rules.check == nullptr) return true;
  std::string reason = task.rules.check(task.out);
  if (reason.empty()) return true;
  return fail(task, "value_error", "Value error, " + reason, R"({"error":{}})");
}

bool Validator::fail(const Task& task, std::string_view type, std::string_view message,
                     std::string ctx) {
  if (task.place.hidden && !task.input.is_null()) {
    errors_->add(type, task.place.loc, message, "\"**********\"", std::move(ctx));
  } else {
    errors_->add(type, task.place.loc, message, task.input, &task.type, std::move(ctx));
  }
  return false;
}

bool Validator::usable_text(const Task& task) {
  if (!task.input.has_surrogate()) return true;
  return fail(task, "string_unicode",
              "Input should be a valid string, unable to parse raw data as a unicode string");
}

namespace {
std::uint64_t count_values(const json::Node& input) {
  std::uint64_t count = 1;
  if (input.is_array()) {
    for (const auto& item : input.items()) count += count_values(item);
  } else if (input.is_object()) {
    for (const auto& member : input.members()) count += count_values(member.value);
  }
  return count;
}
}  // namespace

bool Validator::within_budget() {
  if (++union_steps_ <= union_steps_max_) return true;
  if (union_steps_max_ == union_steps_min) {  // now it is worth to count
    union_steps_max_ += union_steps_per_value * count_values(*outermost_union_);
  }
  return union_steps_ <= union_steps_max_;
}

namespace {

// A type whose tables are walked already, innermost first.
struct Seen {
  const Seen* outer;
  const Type* type;
};

void prepare(const Type& type, const Seen* seen) {
  for (const Seen* step = seen; step != nullptr; step = step->outer) {
    if (step->type == &type) return;
  }
  Seen here{seen, &type};
  if (type.rules != nullptr && !type.rules->pattern.empty()) compiled(type.rules->pattern);
  for (const auto& member : type.members) prepare(*member.resolved, &here);
  for (auto alternative : type.alternatives) prepare(alternative(), &here);
  if (type.element != nullptr) prepare(type.element(), &here);
  if (type.key != nullptr) prepare(type.key(), &here);
}

}  // namespace

void prepare(const Type& type) { prepare(type, nullptr); }

}  // namespace plinth::schema

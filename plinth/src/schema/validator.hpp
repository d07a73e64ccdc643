// The walk behind validate(): one object a call, one member function a group of kinds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "formats/problem.hpp"
#include "json/node.hpp"
#include "plinth/detail/type.hpp"
#include "schema/errors.hpp"

namespace plinth::schema {

/// How near an accepted input was to the type, for the choice among the members of a union.
/// Source: pydantic-core, ValidationState::floor_exactness.
enum class Exactness : std::uint8_t { lax, strict, exact };

class Validator {
 public:
  explicit Validator(Errors& errors) : errors_(&errors) {}

  /// What a value inherits from the place where it stands.
  struct Place {
    const Loc& loc;
    bool strict = false;                       // a strict struct around it
    bool hidden = false;                       // a secret, or in one: not to be echoed
    const detail::Rules* inherited = nullptr;  // of the optional around it
    Place at(const Loc& step) const { return {step, strict, hidden, nullptr}; }
  };

  bool value(const detail::Type& type, const json::Node& input, void* out, const Place& place);

  /// Any value of any integer type.
  struct Whole {
    bool negative = false;
    std::uint64_t magnitude = 0;
    static Whole of(std::int64_t value) {
      auto bits = static_cast<std::uint64_t>(value);
      return {value < 0, value < 0 ? 0 - bits : bits};
    }
    std::int64_t signed_value() const {
      return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
    }
  };

 private:
  // An input on its way into a value: what all leaf functions need.
  struct Task {
    const detail::Type& type;
    const detail::Rules& rules;
    const json::Node& input;
    void* out;
    const Place& place;
    bool strict;  // by the struct or by a rule
    template <class T>
    T& as() const {
      return *static_cast<T*>(out);
    }
  };

  bool dispatch(const Task& task);
  bool run_check(const Task& task);

  // validate_number.cpp
  bool boolean(const Task& task);
  template <class Integer>
  bool integer(const Task& task);
  template <class Float>
  bool floating(const Task& task);
  bool read_integer(const Task& task, Whole& out);
  bool read_integer_text(const Task& task, std::string_view text, Whole& out);
  bool integer_bounds(const Task& task, const Whole& number);
  bool float_bounds(const Task& task, double number);

  // validate_text.cpp
  bool string(const Task& task);
  bool bytes(const Task& task);
  bool secret(const Task& task);
  bool email(const Task& task);
  bool enumeration(const Task& task);
  bool literal(const Task& task);
  bool text_rules(const Task& task, std::string_view text);
  bool value_length(const Task& task, std::string_view text);

  // validate_format.cpp
  bool url(const Task& task);
  bool uuid(const Task& task);
  template <class T>
  struct TimeCodec {
    formats::Parsed<T> (*from_text)(std::string_view);
    formats::Parsed<T> (*from_integer)(std::int64_t);
    formats::Parsed<T> (*from_number)(double);
    std::string_view type;  // of the error when the input is neither
    std::string_view message;
  };
  template <class T>
  bool temporal(const Task& task, const TimeCodec<T>& codec);
  bool date_time(const Task& task);
  bool date(const Task& task);
  bool time(const Task& task);
  bool duration(const Task& task);
  bool decimal(const Task& task);
  bool decimal_rules(const Task& task);

  // validate_container.cpp
  bool optional(const Task& task);
  bool list(const Task& task);
  bool set(const Task& task);
  bool map(const Task& task);
  bool tuple(const Task& task);
  bool length(const Task& task, std::string_view what, std::size_t actual);
  bool too_long(const Task& task, std::string_view what, std::int64_t max_length,
                std::int64_t actual);

  // validate_object.cpp
  bool object(const Task& task);
  bool member(const Task& task, const detail::Member& member, const json::Node* given);
  bool forbid_extra(const Task& task);

  // validate_union.cpp
  bool variant(const Task& task);
  bool smart_union(const Task& task);
  bool tagged_union(const Task& task);

  bool fail(const Task& task, std::string_view type, std::string_view message,
            std::string ctx = {});
  bool fail(const Task& task, const formats::Problem& problem) {
    return fail(task, problem.type, problem.message, problem.ctx);
  }
  /// Takes a codec's answer into the value, or reports its problem.
  template <class T>
  bool take(const Task& task, formats::Parsed<T>&& parsed) {
    if (!parsed) return fail(task, parsed.problem);
    task.as<T>() = std::move(*parsed.value);
    return true;
  }
  /// Whether the input is text that can be passed on; reports lone surrogates.
  bool usable_text(const Task& task);

  void floor(Exactness exactness) {
    if (exactness < exactness_) exactness_ = exactness;
  }

  /// Counts a step within a union; false when there were too many.
  bool within_budget();

  // Unions in unions may try each value many times over. A sane schema takes a few tries for each
  // value of the input; what takes more than these is refused.
  static constexpr std::uint64_t union_steps_min = 10'000;
  static constexpr std::uint64_t union_steps_per_value = 64;

  Errors* errors_;
  const json::Node* outermost_union_ = nullptr;  // the input of the union around all others
  std::uint64_t union_steps_ = 0;
  std::uint64_t union_steps_max_ = union_steps_min;
  Exactness exactness_ = Exactness::exact;
  std::int64_t fields_set_ = -1;  // members given to structs; -1: no struct
};

}  // namespace plinth::schema

// What is wrong with an input, in FastAPI's form: {"type", "loc", "msg", "input"[, "ctx"]}.
//
// Source: FastAPI 0.143 RequestValidationError, pydantic 2.13 (the `url` key is left out).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/node.hpp"
#include "plinth/detail/type.hpp"

namespace plinth::schema {

/// A step on the path to a value. Steps are linked on the call stack, the innermost first, and are
/// copied only when an error appears: a good input pays nothing.
struct Loc {
  explicit Loc(std::string_view step_name) : name(step_name) {}
  Loc(const Loc& outer_step, std::string_view step_name) : outer(&outer_step), name(step_name) {}
  Loc(const Loc& outer_step, std::size_t step_index)
      : outer(&outer_step), index(static_cast<std::int64_t>(step_index)) {}
  /// The path without steps, of a value that stands alone.
  static Loc root() {
    Loc none("");
    none.index = -2;
    return none;
  }

  const Loc* outer = nullptr;
  std::string_view name;    // borrowed
  std::int64_t index = -1;  // of a list item; -1: a name; -2: no step at all
};

struct Error {
  struct Step {
    std::string name;
    std::int64_t index = -1;  // of a list item; else -1
  };
  std::string type;  // "int_parsing"
  std::vector<Step> loc;
  std::string message;
  std::string input;  // JSON text
  std::string ctx;    // JSON text of an object, or empty
};

/// Collects errors in the order in which they are added. Once they fill `bytes_max`, further ones
/// are dropped: a body of a megabyte must not become an answer of a gigabyte.
class Errors {
 public:
  static constexpr std::size_t bytes_max = std::size_t{1} << 20;

  bool empty() const { return errors_.empty(); }
  std::size_t size() const { return errors_.size(); }
  const std::vector<Error>& all() const { return errors_; }
  bool full() const { return bytes_ >= bytes_max; }

  /// `input` and `ctx` are JSON text; `ctx` may be empty.
  void add(std::string_view type, const Loc& loc, std::string_view message, std::string input,
           std::string ctx = {});
  /// Echoes `input`, but for what `as` or a member's name marks as a secret; `as` may be null.
  void add(std::string_view type, const Loc& loc, std::string_view message, const json::Node& input,
           const detail::Type* as, std::string ctx = {});
  /// Field required, with input null: a parameter, a whole body.
  void add_missing(const Loc& loc);
  /// JSON decode error at ["body", position]; `reason` as CPython's json module words it.
  void add_json_invalid(std::size_t position, std::string_view reason);

  void append(Errors&& others);

  /// {"detail":[...]}
  std::string to_json() const;

 private:
  std::vector<Error> errors_;
  std::size_t bytes_ = 0;
};

/// Writes what was received as JSON; secrets as "**********", numbers JSON has not (NaN) as null.
void write_echo(const json::Node& input, const detail::Type* as, std::string& out);

/// A JSON object in the making, for `ctx`.
class Context {
 public:
  Context& text(std::string_view key, std::string_view value);
  Context& number(std::string_view key, std::int64_t value);
  Context& raw(std::string_view key, std::string_view json_text);
  std::string take();

 private:
  std::string json_ = "{";
};

}  // namespace plinth::schema

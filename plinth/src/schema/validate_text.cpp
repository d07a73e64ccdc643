// str, bytes, SecretStr, EmailStr, enums, literals.
#include <algorithm>
#include <cstring>
#include <string>

#include "formats/email.hpp"
#include "json/utf8.hpp"
#include "plinth/values.hpp"
#include "schema/case.hpp"
#include "schema/lax_number.hpp"
#include "schema/pattern.hpp"
#include "schema/python_text.hpp"
#include "schema/validator.hpp"

namespace plinth::schema {

namespace {

std::string counted(std::string_view head, std::int64_t count, std::string_view unit) {
  std::string text = std::string(head) + std::to_string(count) + " " + std::string(unit);
  if (count != 1) text += 's';
  return text;
}

std::string limit_context(std::string_view key, std::int64_t limit) {
  return Context().number(key, limit).take();
}

template <class Integer>
void store(void* out, std::int64_t value) {
  auto narrow = static_cast<Integer>(value);
  std::memcpy(out, &narrow, sizeof narrow);
}

// An enum class lies in memory as its underlying integer, whose size is the type's.
void store_enumerator(void* out, std::size_t size, std::int64_t value) {
  if (size == 1) return store<std::int8_t>(out, value);
  if (size == 2) return store<std::int16_t>(out, value);
  if (size == 4) return store<std::int32_t>(out, value);
  store<std::int64_t>(out, value);
}

}  // namespace

// Length before pattern; the first rule that fails is the only one that is told.
bool Validator::text_rules(const Task& task, std::string_view text) {
  const auto& rules = task.rules;
  if (rules.min_length >= 0 || rules.max_length >= 0) {
    auto length = static_cast<std::int64_t>(json::count_code_points(text));
    if (rules.min_length >= 0 && length < rules.min_length) {
      return fail(task, "string_too_short",
                  counted("String should have at least ", rules.min_length, "character"),
                  limit_context("min_length", rules.min_length));
    }
    if (rules.max_length >= 0 && length > rules.max_length) {
      return fail(task, "string_too_long",
                  counted("String should have at most ", rules.max_length, "character"),
                  limit_context("max_length", rules.max_length));
    }
  }
  if (!rules.pattern.empty() && !compiled(rules.pattern).found_in(text)) {
    return fail(task, "string_pattern_mismatch",
                "String should match pattern '" + std::string(rules.pattern) + "'",
                Context().text("pattern", rules.pattern).take());
  }
  return true;
}

bool Validator::string(const Task& task) {
  if (!task.input.is_string()) {
    return fail(task, "string_type", "Input should be a valid string");
  }
  if (!usable_text(task)) return false;
  std::string_view text = task.input.string();
  if (task.rules.strip_whitespace) text = trim(text);
  if (!text_rules(task, text)) return false;
  auto& out = task.as<std::string>();
  out.assign(text);
  if (task.rules.to_lower) out = to_lower(out);
  if (task.rules.to_upper) out = to_upper(out);
  return true;
}

bool Validator::bytes(const Task& task) {
  if (!task.input.is_string()) {
    return fail(task, "bytes_type", "Input should be a valid bytes");
  }
  if (!usable_text(task)) return false;
  floor(Exactness::lax);
  std::string_view text = task.input.string();
  const auto& rules = task.rules;
  auto size = static_cast<std::int64_t>(text.size());
  if (rules.min_length >= 0 && size < rules.min_length) {
    return fail(task, "bytes_too_short",
                counted("Data should have at least ", rules.min_length, "byte"),
                limit_context("min_length", rules.min_length));
  }
  if (rules.max_length >= 0 && size > rules.max_length) {
    return fail(task, "bytes_too_long",
                counted("Data should have at most ", rules.max_length, "byte"),
                limit_context("max_length", rules.max_length));
  }
  task.as<Bytes>().data.assign(text);
  return true;
}

// Lengths of what is more than a string to pydantic are told as of a collection.
bool Validator::value_length(const Task& task, std::string_view text) {
  return length(task, "Value", json::count_code_points(text));
}

bool Validator::secret(const Task& task) {
  if (!task.input.is_string()) {
    return fail(task, "string_type", "Input should be a valid string");
  }
  if (!usable_text(task) || !value_length(task, task.input.string())) return false;
  task.as<Secret>() = Secret(std::string(task.input.string()));
  return true;
}

bool Validator::email(const Task& task) {
  if (!task.input.is_string()) {
    return fail(task, "string_type", "Input should be a valid string");
  }
  if (!usable_text(task)) return false;
  return take(task, formats::validate_email(task.input.string())) &&
         value_length(task, task.as<Email>().str());
}

bool Validator::enumeration(const Task& task) {
  floor(Exactness::lax);
  const auto& rows = task.type.enumerators;
  auto found = rows.end();
  if (task.type.integer_enum) {
    Errors unheard;
    Whole number;
    if (Validator(unheard).read_integer(task, number)) {
      found = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
        return row.value == number.signed_value() && (row.value < 0) == number.negative;
      });
    }
  } else if (task.input.is_string()) {
    found = std::find_if(rows.begin(), rows.end(),
                         [&](const auto& row) { return row.name == task.input.string(); });
  }
  if (found == rows.end()) {
    std::string expected = expected_values(task.type);
    return fail(task, "enum", "Input should be " + expected,
                Context().text("expected", expected).take());
  }
  store_enumerator(task.out, task.type.size, found->value);
  return true;
}

bool Validator::literal(const Task& task) {
  if (task.input.is_string()) {
    for (const auto& row : task.type.enumerators) {
      if (row.name != task.input.string()) continue;
      task.as<std::string>().assign(row.name);
      return true;
    }
  }
  std::string expected = expected_values(task.type);
  return fail(task, "literal_error", "Input should be " + expected,
              Context().text("expected", expected).take());
}

}  // namespace plinth::schema

// optional, list, set, dict, tuple.
#include <cstdint>
#include <string>

#include "base/secret_names.hpp"
#include "schema/scratch.hpp"
#include "schema/validator.hpp"

namespace plinth::schema {

using detail::Type;

bool Validator::optional(const Task& task) {
  if (task.input.is_null()) {
    task.type.container.clear(task.out);
    return true;
  }
  Place inside = task.place;
  inside.inherited = &task.rules;
  void* item = task.type.container.append(task.out);
  return value(task.type.element(), task.input, item, inside);
}

namespace {

std::string size_message(std::string_view what, std::string_view side, std::int64_t limit,
                         std::string_view actual) {
  std::string text = std::string(what) + " should have at " + std::string(side) + " " +
                     std::to_string(limit) + (limit == 1 ? " item" : " items");
  return text + " after validation, not " + std::string(actual);
}

std::string size_context(std::string_view what, std::string_view key, std::int64_t limit,
                         std::int64_t actual) {
  Context context;
  context.text("field_type", what).number(key, limit);
  if (actual < 0) return context.raw("actual_length", "null").take();
  return context.number("actual_length", actual).take();
}

}  // namespace

bool Validator::too_long(const Task& task, std::string_view what, std::int64_t max_length,
                         std::int64_t actual) {
  std::string told = actual < 0 ? "more" : std::to_string(actual);
  return fail(task, "too_long", size_message(what, "most", max_length, told),
              size_context(what, "max_length", max_length, actual));
}

bool Validator::length(const Task& task, std::string_view what, std::size_t actual) {
  const auto& rules = task.rules;
  auto size = static_cast<std::int64_t>(actual);
  if (rules.min_length >= 0 && size < rules.min_length) {
    return fail(task, "too_short",
                size_message(what, "least", rules.min_length, std::to_string(size)),
                size_context(what, "min_length", rules.min_length, size));
  }
  if (rules.max_length >= 0 && size > rules.max_length) {
    return too_long(task, what, rules.max_length, size);
  }
  return true;
}

bool Validator::list(const Task& task) {
  if (!task.input.is_array()) return fail(task, "list_type", "Input should be a valid list");
  auto items = task.input.items();
  const auto& container = task.type.container;
  container.clear(task.out);
  // Too many items are told instead of what is wrong with them.
  auto size = static_cast<std::int64_t>(items.size());
  if (task.rules.max_length >= 0 && size > task.rules.max_length) {
    return too_long(task, "List", task.rules.max_length, size);
  }
  const Type& element = task.type.element();
  bool good = true;
  for (std::size_t i = 0; i < items.size() && !errors_->full(); ++i) {
    Loc step(task.place.loc, i);
    good &= value(element, items[i], container.append(task.out), task.place.at(step));
  }
  return good && length(task, "List", items.size());
}

bool Validator::set(const Task& task) {
  if (!task.input.is_array()) return fail(task, "set_type", "Input should be a valid set");
  floor(Exactness::lax);
  auto items = task.input.items();
  const auto& container = task.type.container;
  container.clear(task.out);
  const Type& element = task.type.element();
  Errors before = std::exchange(*errors_, Errors());
  bool good = true;
  std::int64_t size = 0;
  for (std::size_t i = 0; i < items.size() && !errors_->full(); ++i) {
    Loc step(task.place.loc, i);
    Scratch item(element);
    if (!value(element, items[i], item.get(), task.place.at(step))) {
      good = false;
    } else if (container.insert_item(task.out, item.get())) {
      ++size;
    }
    if (task.rules.max_length >= 0 && size > task.rules.max_length) {
      *errors_ = std::move(before);
      return too_long(task, "Set", task.rules.max_length, -1);
    }
  }
  before.append(std::move(*errors_));
  *errors_ = std::move(before);
  return good && length(task, "Set", static_cast<std::size_t>(size));
}

bool Validator::map(const Task& task) {
  if (!task.input.is_object()) return fail(task, "dict_type", "Input should be a valid dictionary");
  const auto& container = task.type.container;
  container.clear(task.out);
  const Type& key_type = task.type.key();
  const Type& element = task.type.element();
  bool good = true;
  for (const auto& [key, given] : task.input.members()) {
    if (errors_->full()) break;
    Loc step(task.place.loc, key.string());
    Loc key_step(step, "[key]");
    Place at_value = task.place.at(step);
    at_value.hidden = at_value.hidden || base::is_secret_name(key.string());
    Scratch made(key_type);
    if (value(key_type, key, made.get(), task.place.at(key_step))) {
      good &= value(element, given, container.insert(task.out, made.get()), at_value);
    } else {
      Scratch unused(element);
      value(element, given, unused.get(), at_value);
      good = false;
    }
  }
  return good && length(task, "Dictionary", container.size(task.out));
}

bool Validator::tuple(const Task& task) {
  if (!task.input.is_array()) return fail(task, "tuple_type", "Input should be a valid tuple");
  floor(Exactness::lax);
  auto items = task.input.items();
  auto types = task.type.alternatives;
  if (items.size() > types.size()) {
    return too_long(task, "Tuple", static_cast<std::int64_t>(types.size()),
                    static_cast<std::int64_t>(items.size()));
  }
  bool good = true;
  for (std::size_t i = 0; i < types.size(); ++i) {
    Loc step(task.place.loc, i);
    Place place = task.place.at(step);
    const Type& type = types[i]();
    void* item = const_cast<void*>(task.type.container.at(task.out, i));
    if (i < items.size()) {
      good &= value(type, items[i], item, place);
    } else if (type.set_default != nullptr) {
      type.set_default(item);
    } else {
      Task missing{type, task.rules, task.input, item, place, task.strict};
      good = fail(missing, "missing", "Field required");
    }
  }
  return good;
}

}  // namespace plinth::schema

// Structs: members in their order, then unknown ones, then the struct's own check.
#include <string>

#include "base/secret_names.hpp"
#include "schema/validator.hpp"

namespace plinth::schema {

using detail::Member;

namespace {

// Clients send members in the order of the struct more often than not: look there first.
const json::Node* find(const json::Node& object, std::string_view name, std::size_t& expected) {
  auto members = object.members();
  if (expected < members.size() && members[expected].key.string() == name) {
    return &members[expected++].value;
  }
  return object.find(name);
}

}  // namespace

bool Validator::object(const Task& task) {
  if (!task.input.is_object()) {
    return fail(task, "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from");
  }
  floor(Exactness::strict);
  bool good = true;
  std::int64_t given_count = 0;
  std::size_t expected = 0;
  for (const Member& row : task.type.members) {
    const json::Node* given = find(task.input, row.wire, expected);
    if (given == nullptr && !row.also.empty()) given = task.input.find(row.also);
    good &= member(task, row, given);
    if (given != nullptr) ++given_count;
  }
  if (task.type.forbid_extra) good &= forbid_extra(task);
  if (!good) return false;
  fields_set_ = (fields_set_ < 0 ? 0 : fields_set_) + given_count;

  if (task.type.check_model == nullptr) return true;
  std::string reason = task.type.check_model(task.out);
  if (reason.empty()) return true;
  return fail(task, "value_error", "Value error, " + reason, R"({"error":{}})");
}

bool Validator::member(const Task& task, const Member& row, const json::Node* given) {
  const auto& type = *row.resolved;
  Loc step(task.place.loc, row.wire);
  void* place_of_member = static_cast<std::byte*>(task.out) + row.offset;
  if (given != nullptr) {
    Place place = task.place.at(step);
    place.strict = task.type.strict;
    place.hidden = task.place.hidden || row.secret;
    return value(type, *given, place_of_member, place);
  }
  if (type.set_default != nullptr) {
    type.set_default(place_of_member);
    return true;
  }
  if (!type.required()) return true;
  Place place = task.place.at(step);
  Task enclosing{task.type, task.rules, task.input, task.out, place, task.strict};
  return fail(enclosing, "missing", "Field required");
}

bool Validator::forbid_extra(const Task& task) {
  bool good = true;
  for (const auto& [key, given] : task.input.members()) {
    bool known = false;
    for (const Member& row : task.type.members) {
      known |= row.wire == key.string() || (!row.also.empty() && row.also == key.string());
    }
    if (known) continue;
    good = false;
    Loc step(task.place.loc, key.string());
    if (task.place.hidden || base::is_secret_name(key.string())) {
      errors_->add("extra_forbidden", step, "Extra inputs are not permitted", "\"**********\"");
    } else {
      errors_->add("extra_forbidden", step, "Extra inputs are not permitted", given, nullptr);
    }
  }
  return good;
}

}  // namespace plinth::schema

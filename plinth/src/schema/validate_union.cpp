// Unions: by a tag where there is a discriminator, else the member that fits best.
//
// Source: pydantic-core 2.41, src/validators/union.rs (smart mode).
#include <string>
#include <utility>

#include "schema/python_text.hpp"
#include "schema/scratch.hpp"
#include "schema/validator.hpp"

namespace plinth::schema {

using detail::Kind;
using detail::Type;

bool Validator::variant(const Task& task) {
  if (!task.rules.discriminator.empty()) return tagged_union(task);
  if (outermost_union_ != nullptr) return smart_union(task);
  outermost_union_ = &task.input;
  union_steps_ = 0;
  union_steps_max_ = union_steps_min;
  bool good = smart_union(task);
  outermost_union_ = nullptr;
  return good;
}

// Each member is tried. The first exact one wins at once; else the one with the most members of
// structs given, and among those the most exact, the first of equals.
bool Validator::smart_union(const Task& task) {
  const auto& container = task.type.container;
  Exactness outer_exactness = std::exchange(exactness_, Exactness::exact);
  std::int64_t outer_fields_set = std::exchange(fields_set_, -1);
  Errors* outer_errors = errors_;
  Errors refusals;
  bool found = false;
  Exactness best_exactness = Exactness::lax;
  std::int64_t best_fields_set = -1;

  for (std::size_t i = 0; i < task.type.alternatives.size(); ++i) {
    const Type& choice = task.type.alternatives[i]();
    std::string label = union_label(choice);
    Loc step(task.place.loc, label);
    Errors mine;
    errors_ = &mine;
    exactness_ = Exactness::exact;
    fields_set_ = -1;
    Scratch candidate(task.type);
    void* place = container.emplace(candidate.get(), i);
    if (!value(choice, task.input, place, {step, task.place.strict, task.place.hidden, nullptr})) {
      if (!found) refusals.append(std::move(mine));
      continue;
    }
    bool exact = exactness_ == Exactness::exact && fields_set_ < 0;
    bool by_fields = best_fields_set >= 0 && fields_set_ >= 0 && best_fields_set != fields_set_;
    bool better = !found || exact ||
                  (by_fields ? best_fields_set < fields_set_ : best_exactness < exactness_);
    if (better) {
      container.move(task.out, candidate.get());
      best_exactness = exactness_;
      best_fields_set = fields_set_;
    }
    found = true;
    if (exact) break;
  }

  errors_ = outer_errors;
  exactness_ = outer_exactness;
  fields_set_ = outer_fields_set;
  if (!found) {
    errors_->append(std::move(refusals));
    return false;
  }
  floor(best_exactness);
  if (best_fields_set >= 0) fields_set_ = (fields_set_ < 0 ? 0 : fields_set_) + best_fields_set;
  return true;
}

namespace {

// The member of a struct that says which it is; null when the struct has none.
const Type* tag_of(const Type& choice, std::string_view discriminator) {
  if (choice.kind != Kind::object) return nullptr;
  for (const auto& member : choice.members) {
    bool matches = member.wire == discriminator || member.name == discriminator;
    bool has_names =
        member.resolved->kind == Kind::literal || member.resolved->kind == Kind::enumeration;
    if (matches && has_names) return member.resolved;
  }
  return nullptr;
}

std::string_view wire_name(const Type& variant, std::string_view discriminator) {
  for (auto alternative : variant.alternatives) {
    for (const auto& member : alternative().members) {
      if (member.name == discriminator) return member.wire;
    }
  }
  return discriminator;
}

}  // namespace

bool Validator::tagged_union(const Task& task) {
  if (!task.input.is_object()) {
    return fail(task, "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from");
  }
  std::string_view discriminator = wire_name(task.type, task.rules.discriminator);
  const json::Node* tag = task.input.find(discriminator);
  std::string shown = python_repr(discriminator);
  if (tag == nullptr) {
    return fail(task, "union_tag_not_found", "Unable to extract tag using discriminator " + shown,
                Context().text("discriminator", shown).take());
  }
  std::string expected;
  for (std::size_t i = 0; i < task.type.alternatives.size(); ++i) {
    const Type& choice = task.type.alternatives[i]();
    const Type* tags = tag_of(choice, discriminator);
    if (tags == nullptr) continue;
    for (const auto& row : tags->enumerators) {
      if (tag->is_string() && tag->string() == row.name) {
        Loc step(task.place.loc, row.name);
        void* place = task.type.container.emplace(task.out, i);
        return value(choice, task.input, place,
                     {step, task.place.strict, task.place.hidden, nullptr});
      }
      if (!expected.empty()) expected += ", ";
      expected += python_repr(row.name);
    }
  }
  std::string given = python_str(*tag);
  return fail(task, "union_tag_invalid",
              "Input tag '" + given + "' found using " + shown +
                  " does not match any of the expected tags: " + expected,
              Context()
                  .text("discriminator", shown)
                  .text("tag", given)
                  .text("expected_tags", expected)
                  .take());
}

}  // namespace plinth::schema

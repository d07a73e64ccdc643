// What is found once per table instead of once per request.
#include "base/secret_names.hpp"
#include "plinth/detail/type.hpp"
#include "schema/errors.hpp"

namespace plinth::detail {

namespace {

// Rules of std::optional<Field<T, …>> speak of the member as much as those of
// Field<std::optional<T>, …>.
const Rules* rules_of_member(const Type& type) {
  if (type.rules != nullptr) return type.rules;
  return type.kind == Kind::optional ? type.element().rules : nullptr;
}

bool holds_secret(const Type& type) {
  const Type& inner = type.kind == Kind::optional ? type.element() : type;
  return inner.kind == Kind::secret;
}

}  // namespace

void finish_members(std::span<Member> rows) {
  for (Member& row : rows) {
    const Type& type = row.type();
    row.resolved = &type;
    row.rules = rules_of_member(type);
    bool has_alias = row.rules != nullptr && !row.rules->alias.empty();
    row.wire = has_alias ? row.rules->alias : row.name;
    if (row.rules != nullptr) row.also = row.rules->also_named;
    row.secret = (row.rules != nullptr && row.rules->secret) || holds_secret(type) ||
                 base::is_secret_name(row.name) || base::is_secret_name(row.wire);
  }
}

}  // namespace plinth::detail

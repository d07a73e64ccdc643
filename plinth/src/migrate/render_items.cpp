#include "migrate/render_items.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace plinth::migrate::autogenerate {

using Kind = sa::Type::Kind;

namespace {

Code word(std::string text) { return {.head = std::move(text)}; }

std::vector<Code> literals(const std::vector<std::string>& texts) {
  std::vector<Code> codes;
  for (const auto& text : texts) codes.push_back(literal(text));
  return codes;
}

const char* plain_type(Kind kind) {
  switch (kind) {
    case Kind::small_integer:
      return "SmallInteger";
    case Kind::integer:
      return "Integer";
    case Kind::big_integer:
      return "BigInteger";
    case Kind::boolean:
      return "Boolean";
    case Kind::real:
      return "REAL";
    case Kind::floating:
      return "Float";
    case Kind::text:
      return "Text";
    case Kind::large_binary:
      return "LargeBinary";
    case Kind::date:
      return "Date";
    case Kind::time:
      return "Time";
    case Kind::interval:
      return "Interval";
    case Kind::uuid:
      return "Uuid";
    case Kind::json:
      return "JSON";
    case Kind::jsonb:
      return "JSONB";
    default:
      throw std::logic_error("a column type without a name");
  }
}

struct ForeignKeyParts {
  std::string table;
  std::vector<std::string> columns;
};
ForeignKeyParts remote_of(const sa::ForeignKeyConstraint& key) {
  ForeignKeyParts parts;
  for (const auto& target : key.targets) {
    const auto dot = target.rfind('.');
    parts.table = target.substr(0, dot);
    parts.columns.push_back(target.substr(dot + 1));
  }
  return parts;
}

// `with_name`: create_foreign_key has it in front.
std::vector<Code> foreign_key_options(const sa::ForeignKeyOptions& options, bool with_name) {
  std::vector<Code> parts;
  if (with_name && !options.name.empty()) parts.push_back(member("name", literal(options.name)));
  if (!options.ondelete.empty()) parts.push_back(member("ondelete", literal(options.ondelete)));
  if (!options.onupdate.empty()) parts.push_back(member("onupdate", literal(options.onupdate)));
  return parts;
}

// `sa::UniqueConstraint("a").named("b")`
Code named(Code constraint, const std::string& name) {
  if (!name.empty()) constraint.tail += ".named(" + literal(name).head + ")";
  return constraint;
}

struct ItemCode {
  Code operator()(const sa::Column& column) const { return column_code(column); }
  Code operator()(const sa::PrimaryKeyConstraint& key) const {
    return named(call("sa::PrimaryKeyConstraint", literals(key.columns)), key.name);
  }
  Code operator()(const sa::UniqueConstraint& unique) const {
    return named(call("sa::UniqueConstraint", literals(unique.columns)), unique.name);
  }
  Code operator()(const sa::CheckConstraint& check) const {
    std::vector<Code> parts{literal(check.sql)};
    if (!check.name.empty()) parts.push_back(literal(check.name));
    return call("sa::CheckConstraint", std::move(parts));
  }
  Code operator()(const sa::ForeignKeyConstraint& key) const {
    std::vector<Code> parts{list_code(key.columns), list_code(key.targets)};
    auto options = foreign_key_options(key.options, true);
    if (!options.empty()) parts.push_back(braces(std::move(options)));
    return call("sa::ForeignKeyConstraint", std::move(parts));
  }
};

struct ConstraintCall {
  Code operator()(const sa::Column&) const { throw std::logic_error("a column is no constraint"); }
  Code operator()(const sa::PrimaryKeyConstraint& key) const {
    return call("create_primary_key", {literal(key.name), list_code(key.columns)});
  }
  Code operator()(const sa::UniqueConstraint& unique) const {
    return call("create_unique_constraint", {literal(unique.name), list_code(unique.columns)});
  }
  Code operator()(const sa::CheckConstraint& check) const {
    return call("create_check_constraint", {literal(check.name), literal(check.sql)});
  }
  Code operator()(const sa::ForeignKeyConstraint& key) const {
    const auto remote = remote_of(key);
    std::vector<Code> parts{literal(key.options.name), literal(remote.table),
                            list_code(key.columns), list_code(remote.columns)};
    auto options = foreign_key_options(key.options, false);
    if (!options.empty()) parts.push_back(braces(std::move(options)));
    return call("create_foreign_key", std::move(parts));
  }
};

}  // namespace

Code list_code(const std::vector<std::string>& texts) { return braces(literals(texts)); }

Code type_code(const sa::Type& type) {
  switch (type.kind) {
    case Kind::string:
      return type.length < 0 ? word("sa::String()")
                             : word("sa::String(" + std::to_string(type.length) + ")");
    case Kind::numeric: {
      std::vector<Code> parts;
      if (type.precision >= 0) parts.push_back(word(std::to_string(type.precision)));
      if (type.precision >= 0 && type.scale >= 0) parts.push_back(word(std::to_string(type.scale)));
      return call("sa::Numeric", std::move(parts));
    }
    case Kind::date_time:
      return word(type.timezone ? "sa::DateTime({.timezone = true})" : "sa::DateTime()");
    case Kind::enumeration:
      return call("sa::Enum",
                  {literal(type.name), list_code(type.values), word("{.create_type = false}")});
    case Kind::array:
      return call("sa::ARRAY", {type_code(type.element.at(0))});
    case Kind::other:
      return call("sa::UserDefinedType", {literal(type.name)});
    default:
      return word("sa::" + std::string(plain_type(type.kind)) + "()");
  }
}

Code column_code(const sa::Column& column) {
  std::vector<Code> options;
  if (!column.options.nullable) options.push_back(word(".nullable = false"));
  const auto& value = column.options.server_default;
  if (!value.empty()) options.push_back(member("server_default", literal(value)));
  std::vector<Code> parts{literal(column.name), type_code(column.type)};
  if (!options.empty()) parts.push_back(braces(std::move(options)));
  return call("sa::Column", std::move(parts));
}

std::vector<Code> items_code(const sa::Table& table) {
  std::vector<Code> codes;
  for (const auto& item : table.items) codes.push_back(std::visit(ItemCode{}, item));
  return codes;
}

Code index_items(const sa::Index& index) {
  std::vector<Code> parts;
  for (const auto& item : index.on) {
    parts.push_back(item.is_expression ? call("sa::text", {literal(item.name)})
                                       : literal(item.name));
  }
  return braces(std::move(parts));
}

Code index_options(const sa::Index& index) {
  std::vector<Code> parts;
  if (index.options.unique) parts.push_back(word(".unique = true"));
  if (!index.options.where.empty()) {
    parts.push_back(member("where", literal(index.options.where)));
  }
  if (!index.options.postgresql_using.empty()) {
    parts.push_back(member("postgresql_using", literal(index.options.postgresql_using)));
  }
  return braces(std::move(parts));
}

Code alter_options(const AlterColumn& change, const ColumnStep& step) {
  std::vector<Code> parts;
  if (step.type) parts.push_back(member("type", type_code(change.to.type)));
  if (step.nullable) {
    parts.push_back(word(change.to.options.nullable ? ".nullable = true" : ".nullable = false"));
  }
  if (step.server_default) parts.push_back(member("server_default", literal(step.value)));
  if (step.type) {
    const auto cast = using_clause(change);
    if (!cast.empty()) parts.push_back(member("postgresql_using", literal(cast)));
    parts.push_back(member("existing_type", type_code(change.from.type)));
  }
  return braces(std::move(parts));
}

Code constraint_call(const sa::TableItem& constraint) {
  return std::visit(ConstraintCall{}, constraint);
}

std::vector<Code> enum_on_sqlite(const AlterEnum& change) {
  constexpr auto sqlite = db::Dialect::sqlite;
  const bool longer = sa::type_sql(change.from, sqlite) != sa::type_sql(change.to, sqlite);
  std::vector<Code> calls;
  for (const auto& use : change.uses) {
    std::vector<Code> options;
    if (longer && !use.array) options.push_back(member("type", type_code(change.to)));
    if (use.from_default != use.to_default) {
      options.push_back(member("server_default", literal(use.to_default)));
    }
    if (options.empty()) continue;
    calls.push_back(call("op.alter_column",
                         {literal(use.table), literal(use.column), braces(std::move(options))}));
  }
  return calls;
}

std::vector<std::vector<Code>> added_values(const AlterEnum& change) {
  std::vector<std::vector<Code>> calls;
  const auto& values = change.to.values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::ranges::count(change.from.values, values[i]) > 0) continue;
    auto place = i > 0 ? member("after", literal(values[i - 1]))
                       : member("before", literal(change.from.values.front()));
    calls.push_back({literal(change.to.name), literal(values[i]), braces({std::move(place)})});
  }
  return calls;
}

}  // namespace plinth::migrate::autogenerate

#include "migrate/change.hpp"

#include <algorithm>
#include <utility>

#include "db/sql_text.hpp"
#include "plinth/detail/statement.hpp"

namespace plinth::migrate::autogenerate {

using Kind = sa::Type::Kind;

namespace {

struct Inverse {
  Change operator()(const CreateTable& of) const { return DropTable{of.table}; }
  Change operator()(const DropTable& of) const { return CreateTable{of.table}; }
  Change operator()(const AddColumn& of) const { return DropColumn{of.table, of.column}; }
  Change operator()(const DropColumn& of) const { return AddColumn{of.table, of.column}; }
  Change operator()(const AlterColumn& of) const {
    auto made = of;
    std::swap(made.from, made.to);
    return made;
  }
  Change operator()(const CreateIndex& of) const { return DropIndex{of.table, of.index}; }
  Change operator()(const DropIndex& of) const { return CreateIndex{of.table, of.index}; }
  Change operator()(const CreateConstraint& of) const {
    return DropConstraint{of.table, of.constraint};
  }
  Change operator()(const DropConstraint& of) const {
    return CreateConstraint{of.table, of.constraint};
  }
  Change operator()(const CreateEnum& of) const { return DropEnum{of.type}; }
  Change operator()(const DropEnum& of) const { return CreateEnum{of.type}; }
  Change operator()(const AlterEnum& of) const {
    // PostgreSQL does not take values away: the type is replaced.
    auto made = of;
    std::swap(made.from, made.to);
    made.in_place = false;
    for (auto& use : made.uses) std::swap(use.from_default, use.to_default);
    return made;
  }
};

struct AlteredTable {
  template <class Other>
  const std::string* operator()(const Other&) const {
    return nullptr;
  }
  const std::string* operator()(const AddColumn& of) const { return &of.table; }
  const std::string* operator()(const DropColumn& of) const { return &of.table; }
  const std::string* operator()(const AlterColumn& of) const { return &of.table; }
  const std::string* operator()(const CreateConstraint& of) const { return &of.table; }
  const std::string* operator()(const DropConstraint& of) const { return &of.table; }
};

struct NameOf {
  template <class Constraint>
  auto& operator()(Constraint& constraint) const {
    if constexpr (requires { constraint.options.name; }) {
      return constraint.options.name;
    } else {
      return constraint.name;
    }
  }
};

// PostgreSQL's makeObjectName: at most 63 bytes, the longer of the first two gives way.
std::string object_name(std::string first, std::string second, const std::string& last,
                        db::Dialect dialect) {
  const std::size_t limit = dialect == db::Dialect::sqlite ? std::string().max_size() : 63;
  const auto rest = last.size() + 1 + (second.empty() ? 0 : 1);
  while (first.size() + second.size() + rest > limit) {
    auto& longer = first.size() > second.size() ? first : second;
    longer.pop_back();
    // Not in the middle of a character.
    while (!longer.empty() && (static_cast<unsigned char>(longer.back()) & 0xC0U) == 0x80U) {
      longer.pop_back();
    }
  }
  return first + "_" + (second.empty() ? "" : second + "_") + last;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : "_") + name;
  return text;
}

// The only column that an expression names; "" for none or several.
std::string only_column(const sa::Table& table, const std::string& sql) {
  std::string only;
  for (const auto& token : db::tokens_of(sql)) {
    if (!token.is_name()) continue;
    const auto name = token.name();
    const bool known = std::ranges::any_of(table.items, [&](const sa::TableItem& item) {
      const auto* column = std::get_if<sa::Column>(&item);
      return column && column->name == name;
    });
    if (!known || name == only) continue;
    if (!only.empty()) return {};
    only = name;
  }
  return only;
}

struct DefaultName {
  const sa::Table& table;
  db::Dialect dialect;

  std::string operator()(const sa::Column& column) const { return column.name; }
  std::string operator()(const sa::PrimaryKeyConstraint&) const {
    return object_name(table.name, {}, "pkey", dialect);
  }
  std::string operator()(const sa::UniqueConstraint& unique) const {
    return object_name(table.name, joined(unique.columns), "key", dialect);
  }
  std::string operator()(const sa::ForeignKeyConstraint& key) const {
    return object_name(table.name, joined(key.columns), "fkey", dialect);
  }
  std::string operator()(const sa::CheckConstraint& check) const {
    return object_name(table.name, only_column(table, check.sql), "check", dialect);
  }
};

enum class Family : std::uint8_t { number, text, moment, other };

Family family_of(const sa::Type& type) {
  switch (type.kind) {
    case Kind::small_integer:
    case Kind::integer:
    case Kind::big_integer:
    case Kind::real:
    case Kind::floating:
    case Kind::numeric:
      return Family::number;
    case Kind::string:
    case Kind::text:
      return Family::text;
    case Kind::date:
    case Kind::date_time:
      return Family::moment;
    default:
      return Family::other;
  }
}

bool is_integer(const sa::Type& type) {
  return type.kind == Kind::small_integer || type.kind == Kind::integer ||
         type.kind == Kind::big_integer;
}

}  // namespace

Changes inverse(const Changes& changes) {
  Changes undone;
  for (auto one = changes.rbegin(); one != changes.rend(); ++one) {
    const auto* altered = std::get_if<AlterColumn>(&one->change);
    if (altered && altered->backfilled) continue;
    undone.push_back({std::visit(Inverse{}, one->change)});
  }
  return undone;
}

const std::string* altered_table(const Change& change) {
  return std::visit(AlteredTable{}, change);
}

bool needs_batch(const Change& change) {
  const auto* added = std::get_if<AddColumn>(&change);
  if (!added) return altered_table(change) != nullptr;
  const auto& [nullable, value] = added->column.options;
  // "Cannot add a NOT NULL column with default value NULL", nor one with an expression.
  return value.empty() ? !nullable : !sa::is_constant(value);
}

const std::string& name_of(const sa::TableItem& constraint) {
  return std::visit([](const auto& one) -> const std::string& { return NameOf{}(one); },
                    constraint);
}

void set_name(sa::TableItem& constraint, std::string name) {
  std::visit([&](auto& one) { NameOf{}(one) = std::move(name); }, constraint);
}

std::string default_name(const sa::Table& table, const sa::TableItem& constraint,
                         db::Dialect dialect) {
  return std::visit(DefaultName{table, dialect}, constraint);
}

std::vector<std::string> enum_sql(const AlterEnum& change) {
  const auto name = db::quoted(change.to.name);
  const auto old = db::quoted(change.to.name + "_old");
  std::vector<std::string> statements;
  for (const auto& check : change.checks) {
    statements.push_back("ALTER TABLE " + db::quoted(check.table) + " DROP CONSTRAINT " +
                         db::quoted(name_of(check.constraint)));
  }
  for (const auto& index : change.indexes) {
    statements.push_back("DROP INDEX " + db::quoted(index.index.name));
  }
  statements.push_back("ALTER TYPE " + name + " RENAME TO " + old);
  statements.push_back(sa::create_enum(change.to));
  for (const auto& use : change.uses) {
    const auto column = db::quoted(use.column);
    const std::string brackets = use.array ? "[]" : "";
    auto sql = "ALTER TABLE " + db::quoted(use.table) + " ";
    if (!use.from_default.empty()) sql += "ALTER COLUMN " + column + " DROP DEFAULT, ";
    sql += "ALTER COLUMN " + column + " TYPE " + name + brackets + " USING " + column + "::text" +
           brackets + "::" + name + brackets;
    if (!use.to_default.empty()) {
      sql += ", ALTER COLUMN " + column + " SET DEFAULT " + use.to_default;
    }
    statements.push_back(std::move(sql));
  }
  statements.push_back("DROP TYPE " + old);
  for (const auto& check : change.checks) {
    statements.push_back("ALTER TABLE " + db::quoted(check.table) + " ADD " +
                         sa::constraint_sql(check.constraint));
  }
  for (const auto& [table, index] : change.indexes) {
    statements.push_back(
        sa::create_index(index.name, table, index.on, index.options, db::Dialect::postgresql));
  }
  return statements;
}

std::string using_clause(const AlterColumn& change) {
  const auto from = family_of(change.from.type);
  const auto to = family_of(change.to.type);
  if (to == Family::text || (from == to && from != Family::other)) return {};
  const auto column = db::quoted(change.to.name);
  const auto type = sa::type_sql(change.to.type, db::Dialect::postgresql);
  if (change.from.type.kind == Kind::boolean && to == Family::number) {
    return column + "::integer::" + type;
  }
  if (from == Family::number && change.to.type.kind == Kind::boolean) return column + " <> 0";
  return column + "::text::" + type;
}

std::string sequence_sql(const AlterColumn& change) {
  if (change.sequence.empty() || !change.type || !is_integer(change.to.type)) return {};
  return "ALTER SEQUENCE " + db::quoted(change.sequence) + " AS " +
         sa::type_sql(change.to.type, db::Dialect::postgresql);
}

std::vector<ColumnStep> steps_of(const AlterColumn& change) {
  const auto& value = change.to.options.server_default;
  const bool has_default = !change.from.options.server_default.empty();
  const bool other_family = family_of(change.from.type) != family_of(change.to.type) ||
                            family_of(change.to.type) == Family::other;
  const bool apart = change.type && has_default && (other_family || change.server_default);
  if (!apart) {
    return {{.type = change.type,
             .nullable = change.nullable,
             .server_default = change.server_default,
             .value = value}};
  }
  std::vector<ColumnStep> steps{{.server_default = true},
                                {.type = true, .nullable = change.nullable}};
  if (!value.empty()) steps.push_back({.server_default = true, .value = value});
  return steps;
}

}  // namespace plinth::migrate::autogenerate

#include "migrate/render_changes.hpp"

#include <utility>

#include "migrate/blocks.hpp"
#include "migrate/code.hpp"
#include "migrate/render_items.hpp"

namespace plinth::migrate::autogenerate {

namespace {

constexpr const char* begin_mark = "// ### auto generated; please adjust ###";
constexpr const char* end_mark = "// ### end of what was auto generated ###";

// Calls of op or, in a batch, of batch_op, which knows the table.
class Writer {
 public:
  Writer(std::string& text, bool in_batch) : text_(text), in_batch_(in_batch) {}

  void operator()(const CreateTable& of) const {
    auto parts = items_code(of.table);
    parts.insert(parts.begin(), literal(of.table.name));
    text_ += indent() +
             written_as_list(call(receiver() + "create_table", std::move(parts)), indent().size()) +
             ";\n";
  }
  void operator()(const DropTable& of) const { put("drop_table", {literal(of.table.name)}); }
  void operator()(const AddColumn& of) const {
    put("add_column", with_table(of.table, {column_code(of.column)}));
  }
  void operator()(const DropColumn& of) const {
    put("drop_column", with_table(of.table, {literal(of.column.name)}));
  }
  void operator()(const AlterColumn& of) const {
    for (const auto& step : steps_of(of)) {
      put("alter_column", with_table(of.table, {literal(of.to.name), alter_options(of, step)}));
    }
    const auto sequence = sequence_sql(of);
    if (sequence.empty()) return;
    open_guard("postgresql");
    execute({sequence});
    text_ += indent() + "}\n";
  }
  void operator()(const CreateIndex& of) const {
    std::vector<Code> parts{literal(of.index.name), literal(of.table), index_items(of.index)};
    const auto options = index_options(of.index);
    if (!options.parts.empty()) parts.push_back(options);
    put("create_index", std::move(parts));
  }
  void operator()(const DropIndex& of) const {
    put("drop_index", {literal(of.index.name), literal(of.table)});
  }
  void operator()(const CreateConstraint& of) const {
    auto made = constraint_call(of.constraint);
    auto& parts = made.parts;
    if (!in_batch_) parts.insert(parts.begin() + 1, literal(of.table));
    made.head = receiver() + made.head;
    put(made);
  }
  void operator()(const DropConstraint& of) const {
    std::vector<Code> parts{literal(name_of(of.constraint))};
    if (!in_batch_) parts.push_back(literal(of.table));
    put("drop_constraint", std::move(parts));
  }
  void operator()(const CreateEnum& of) const {
    put("create_enum", {literal(of.type.name), list_code(of.type.values)});
  }
  void operator()(const DropEnum& of) const { put("drop_enum", {literal(of.type.name)}); }
  void operator()(const AlterEnum& of) const {
    const auto on_sqlite = enum_on_sqlite(of);
    if (of.in_place) {
      for (auto& parts : added_values(of)) put("add_enum_value", std::move(parts));
      if (!on_sqlite.empty()) open_guard("sqlite");
    } else {
      open_guard("postgresql");
      execute(enum_sql(of));
      if (!on_sqlite.empty()) text_ += indent() + "} else {\n";
    }
    for (const auto& code : on_sqlite) put_inside(code);
    if (!of.in_place || !on_sqlite.empty()) text_ += indent() + "}\n";
  }

 private:
  std::string indent() const { return in_batch_ ? "    " : "  "; }
  std::string receiver() const { return in_batch_ ? "batch_op." : "op."; }
  std::vector<Code> with_table(const std::string& table, std::vector<Code> parts) const {
    if (!in_batch_) parts.insert(parts.begin(), literal(table));
    return parts;
  }
  void put(const Code& code) const {
    text_ += indent() + written(code, indent().size(), 1) + ";\n";
  }
  void put(const char* name, std::vector<Code> parts) const {
    put(call(receiver() + name, std::move(parts)));
  }
  void open_guard(const std::string& dialect) const {
    text_ += indent() + "if (op.dialect() == plinth::db::Dialect::" + dialect + ") {\n";
  }
  void put_inside(const Code& code) const {
    const auto inner = indent() + "  ";
    text_ += inner + written(code, inner.size(), 1) + ";\n";
  }
  void execute(const std::vector<std::string>& statements) const {
    for (const auto& sql : statements) put_inside(call("op.execute", {literal(sql)}));
  }

  std::string& text_;
  bool in_batch_;
};

struct Summary {
  std::string operator()(const CreateTable& of) const { return tuple("add_table", of.table.name); }
  std::string operator()(const DropTable& of) const { return tuple("remove_table", of.table.name); }
  std::string operator()(const AddColumn& of) const {
    return tuple("add_column", of.table, of.column.name);
  }
  std::string operator()(const DropColumn& of) const {
    return tuple("remove_column", of.table, of.column.name);
  }
  std::string operator()(const AlterColumn& of) const {
    const auto* what = of.type ? "modify_type" : of.nullable ? "modify_nullable" : "modify_default";
    return tuple(what, of.table, of.to.name);
  }
  std::string operator()(const CreateIndex& of) const {
    return tuple("add_index", of.table, of.index.name);
  }
  std::string operator()(const DropIndex& of) const {
    return tuple("remove_index", of.table, of.index.name);
  }
  std::string operator()(const CreateConstraint& of) const {
    return tuple("add_constraint", of.table, name_of(of.constraint));
  }
  std::string operator()(const DropConstraint& of) const {
    return tuple("remove_constraint", of.table, name_of(of.constraint));
  }
  std::string operator()(const CreateEnum& of) const { return tuple("add_enum", of.type.name); }
  std::string operator()(const DropEnum& of) const { return tuple("remove_enum", of.type.name); }
  std::string operator()(const AlterEnum& of) const { return tuple("modify_enum", of.to.name); }

  template <class... Name>
  static std::string tuple(const char* what, const Name&... name) {
    return "('" + std::string(what) + (... + ("', '" + name)) + "')";
  }
};

}  // namespace

std::string render(const Changes& changes, db::Dialect dialect) {
  std::string text = "  " + std::string(begin_mark) + "\n";
  if (changes.empty()) text += "  static_cast<void>(op);\n";
  for (const auto& block : blocks_of(changes, dialect)) {
    const bool batch = !block.batch.empty();
    if (batch) {
      text += "  " + call("op.batch_alter_table", {}).head + literal(block.batch).head +
              ", [](auto& batch_op) {\n";
    }
    for (const auto& one : block.changes) {
      for (const auto& note : one.notes) text += (batch ? "    // " : "  // ") + note + "\n";
      std::visit(Writer(text, batch), one.change);
    }
    if (batch) text += "  });\n";
  }
  return text + "  " + end_mark + "\n";
}

std::string summary(const Changes& changes) {
  std::string text;
  for (const auto& one : changes) {
    text += (text.empty() ? "" : ", ") + std::visit(Summary{}, one.change);
  }
  return "[" + text + "]";
}

}  // namespace plinth::migrate::autogenerate

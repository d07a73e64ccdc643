#include "migrate/lint.hpp"

#include <algorithm>
#include <map>

#include "migrate/step.hpp"
#include "migrate/tokens.hpp"

namespace plinth::migrate {

namespace {

using Kind = sa::Type::Kind;

constexpr const char* alone = " in a revision of its own with .transactional = false";

// What is known of the database when a revision begins.
struct Known {
  // Checks that a column is not null: by table and name; whether rows have been looked at.
  struct NotNull {
    std::string column;
    bool valid;
  };
  std::map<std::pair<std::string, std::string>, NotNull> not_null;

  bool proves(const std::string& table, const std::string& column) const {
    return std::any_of(not_null.begin(), not_null.end(), [&](const auto& entry) {
      return entry.first.first == table && entry.second.column == column && entry.second.valid;
    });
  }
};

// "age IS NOT NULL" gives "age".
std::string not_null_column(const std::string& condition) {
  const auto tokens = tokens_of(condition);
  if (tokens.size() != 4 || !tokens[1].is("IS") || !tokens[2].is("NOT") || !tokens[3].is("NULL")) {
    return {};
  }
  return condition.substr(tokens[0].begin, tokens[0].end - tokens[0].begin);
}

bool is_volatile(const std::string& expression) {
  const auto tokens = tokens_of(expression);
  if (tokens.size() < 2 || !std::any_of(tokens.begin(), tokens.end(),
                                        [](const SqlToken& token) { return token.is('('); })) {
    return false;
  }
  const auto& function = tokens.front();
  for (const char* stable : {"NOW", "CURRENT_TIMESTAMP", "TRANSACTION_TIMESTAMP",
                             "STATEMENT_TIMESTAMP", "CURRENT_SETTING", "TO_TIMESTAMP"}) {
    if (function.is(stable)) return false;
  }
  return function.kind == SqlToken::Kind::word;
}

// A wider text or number, whose rows stay as they are.
bool only_grows(const sa::Type& from, const sa::Type& to) {
  if (from.kind == Kind::string && to.kind == Kind::text) return true;
  if (from.kind == Kind::text && to.kind == Kind::string) return to.length < 0;
  if (from.kind != to.kind) return false;
  if (from.kind == Kind::string) {
    return to.length < 0 || (from.length >= 0 && to.length >= from.length);
  }
  if (from.kind == Kind::numeric) {
    return to.precision < 0 || (from.precision >= 0 && to.precision >= from.precision &&
                                std::max(0, to.scale) == std::max(0, from.scale));
  }
  return from.kind == Kind::text;
}

class Linter {
 public:
  Linter(std::string revision, Known& known) : revision_(std::move(revision)), known_(known) {}

  void look(const Step& step) { std::visit(*this, step); }
  std::vector<LintFinding> found() && { return std::move(found_); }

  void operator()(const Batch& batch) {
    for (const auto& change : batch.changes) std::visit(*this, change);
  }
  void operator()(const CreateTable& step) { made_.push_back(step.table); }
  void operator()(const DropTable& step) {
    if (is_made(step.table)) return;
    say("drop_table(" + step.table +
        ") breaks the program that still runs; deploy one that does not use the table first");
  }
  void operator()(const RenameTable& step) {
    if (is_made(step.from)) return;
    say("rename_table(" + step.from +
        ") breaks the program that still runs; make a view of the "
        "old name in the same revision, and drop it when no program uses it");
  }
  void operator()(const ValidateConstraint& step) {
    const auto found = known_.not_null.find({step.table, step.name});
    if (found != known_.not_null.end()) found->second.valid = true;
  }
  void operator()(const CreateEnum&) {}
  void operator()(const DropEnum&) {}
  void operator()(const AddEnumValue&) {}
  void operator()(const RenameEnumValue& step) {
    say("rename_enum_value(" + step.name + ", " + step.from +
        ") breaks the program that still runs; add the new value, move the rows, and stop using "
        "the old one");
  }
  void operator()(const Execute& step);
  void operator()(const BulkInsert&) {}

  void operator()(const AddColumn& change);
  void operator()(const DropColumn& change) {
    if (is_made(change.table)) return;
    say("drop_column(" + change.table + "." + change.column +
        ") breaks the program that still runs; deploy one that does not use the column first");
  }
  void operator()(const AlterColumn& change);
  void operator()(const CreateIndex& change) {
    if (is_made(change.table) || change.options.postgresql_concurrently) return;
    say("create_index(" + change.name + ") stops all writes to " + change.table +
        " while it is built; say {.postgresql_concurrently = true}" + alone);
  }
  void operator()(const DropIndex&) {}
  void operator()(const AddConstraint& change);
  void operator()(const DropConstraint& change) {
    known_.not_null.erase({change.table, change.name});
  }

 private:
  bool is_made(const std::string& table) const {
    return std::find(made_.begin(), made_.end(), table) != made_.end();
  }
  void say(std::string text) { found_.push_back({revision_, std::move(text)}); }
  void say_not_null(const std::string& table, const std::string& column) {
    say("NOT NULL for " + table + "." + column +
        " reads the whole table under a lock that stops "
        "everything; create_check_constraint(\"" +
        column +
        " IS NOT NULL\", "
        "{.postgresql_not_valid = true}), then validate_constraint in the next revision, then "
        "this, which then reads nothing");
  }

  std::string revision_;
  Known& known_;
  std::vector<std::string> made_;
  std::vector<LintFinding> found_;
};

void Linter::operator()(const AddColumn& change) {
  if (is_made(change.table)) return;
  const auto& options = change.column.options;
  const auto name = change.table + "." + change.column.name;
  if (!options.nullable && options.server_default.empty()) {
    say("add_column(" + name +
        ") is NOT NULL without a server_default, and fails when the table "
        "has rows; give it one, or add it nullable, fill it, and make it NOT NULL later");
  }
  if (is_volatile(options.server_default)) {
    say("add_column(" + name +
        ") rewrites the table under a lock that stops everything, because "
        "its default " +
        options.server_default +
        " differs from row to row; add it without a "
        "default, set the default by alter_column, and fill the rows in portions");
  }
}

void Linter::operator()(const AlterColumn& change) {
  if (is_made(change.table)) return;
  const auto name = change.table + "." + change.column;
  if (!change.to.new_column_name.empty()) {
    say("renaming " + name +
        " breaks the program that still runs; add a column of the new name, "
        "write both, fill it, and drop the old one when no program uses it");
  }
  if (change.to.nullable == false && !known_.proves(change.table, change.column)) {
    say_not_null(change.table, change.column);
  }
  if (!change.to.type) return;
  if (change.to.existing_type && change.to.postgresql_using.empty() &&
      only_grows(*change.to.existing_type, *change.to.type)) {
    return;
  }
  say("a new type for " + name +
      " rewrites the table under a lock that stops everything; add a "
      "column of the new type, write both, fill it in portions, and change over" +
      (change.to.existing_type ? "" : " (where it only grows, give existing_type)"));
}

void Linter::operator()(const AddConstraint& change) {
  if (const auto* check = std::get_if<sa::CheckConstraint>(&change.constraint)) {
    const auto column = not_null_column(check->sql);
    if (!column.empty()) {
      known_.not_null[{change.table, check->name}] = {column, !change.not_valid};
    }
  }
  if (is_made(change.table) || change.not_valid) return;
  if (const auto* key = std::get_if<sa::ForeignKeyConstraint>(&change.constraint)) {
    say("create_foreign_key(" + key->options.name + ") reads the whole of " + change.table +
        " while writes to both tables wait; say {.postgresql_not_valid = true}, and "
        "validate_constraint in the next revision");
  } else if (const auto* check = std::get_if<sa::CheckConstraint>(&change.constraint)) {
    say("create_check_constraint(" + check->name + ") reads the whole of " + change.table +
        " under a lock that stops everything; say {.postgresql_not_valid = true}, and "
        "validate_constraint in the next revision");
  } else if (change.unique.postgresql_using_index.empty()) {
    const auto* unique = std::get_if<sa::UniqueConstraint>(&change.constraint);
    const auto name =
        unique ? unique->name : std::get<sa::PrimaryKeyConstraint>(change.constraint).name;
    say(std::string(unique ? "create_unique_constraint(" : "create_primary_key(") + name +
        ") builds its index on " + change.table +
        " under a lock that stops everything; make a "
        "unique index with {.postgresql_concurrently = true}" +
        alone +
        (unique ? ", then the constraint with {.postgresql_using_index = …}"
                : ", then ALTER TABLE … ADD PRIMARY KEY USING INDEX by execute"));
  }
}

// Of raw SQL, the plainest forms.
void Linter::operator()(const Execute& step) {
  const auto tokens = tokens_of(step.sql);
  const auto shown =
      "execute(\"" + step.sql.substr(0, 60) + (step.sql.size() > 60 ? "…" : "") + "\")";
  const bool on_made = std::any_of(made_.begin(), made_.end(), [&](const std::string& table) {
    return mentions(step.sql, table);
  });
  if (on_made) return;
  const bool is_index = starts_with(tokens, {"CREATE", "INDEX"}) ||
                        starts_with(tokens, {"CREATE", "UNIQUE", "INDEX"});
  if (is_index && !has_words(tokens, {"CONCURRENTLY"})) {
    say(shown + " stops all writes to the table while it is built; say CONCURRENTLY" + alone);
  }
  if (starts_with(tokens, {"ALTER", "TABLE"}) && has_words(tokens, {"SET", "NOT", "NULL"})) {
    say(shown +
        " reads the whole table under a lock that stops everything; prove it first by a "
        "check that is made NOT VALID and validated later");
  }
  const bool constrains =
      starts_with(tokens, {"ALTER", "TABLE"}) && has_words(tokens, {"ADD", "CONSTRAINT"});
  if (constrains && !has_words(tokens, {"NOT", "VALID"}) &&
      !has_words(tokens, {"USING", "INDEX"})) {
    say(shown +
        " reads the whole table under a lock; say NOT VALID, and validate it in the next "
        "revision");
  }
  const bool every_row = (starts_with(tokens, {"UPDATE"}) || starts_with(tokens, {"DELETE"})) &&
                         !has_words(tokens, {"WHERE"});
  if (every_row) {
    say(shown + " locks every row of the table until the revision has ended; do it in portions");
  }
  if (starts_with(tokens, {"VACUUM", "FULL"}) || starts_with(tokens, {"CLUSTER"})) {
    say(shown + " rewrites the table under a lock that stops everything");
  }
}

}  // namespace

std::vector<LintFinding> lint(const History& history, const std::vector<Place>& path) {
  Places all;
  for (Place place = 0; place < history.size(); ++place) all.insert(place);
  auto order = history.sorted(all, history.real_heads());
  std::reverse(order.begin(), order.end());
  Known known;
  std::vector<LintFinding> findings;
  for (Place place : order) {
    const auto& revision = history.revision(place);
    if (!revision.upgrade) continue;
    Operations operations(db::Dialect::postgresql);
    revision.upgrade(operations);
    Linter linter(std::string(revision.revision), known);
    for (const auto& step : operations.recorded().steps) linter.look(step);
    if (!revision.lint || std::find(path.begin(), path.end(), place) == path.end()) continue;
    for (auto& finding : std::move(linter).found()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace plinth::migrate

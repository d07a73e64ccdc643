// Source of the grammar: sqlite.org/lang_createtable.html
#include "migrate/table_text.hpp"

#include <algorithm>

#include "db/quote_list.hpp"
#include "migrate/history.hpp"
#include "migrate/tokens.hpp"

namespace plinth::migrate {

namespace {

constexpr auto sqlite_dialect = db::Dialect::sqlite;

using Tokens = std::vector<SqlToken>;

// The tokens from `first` to before `last`, with a space where the source has any or a comment.
std::string text_of(std::string_view sql, const Tokens& tokens, std::size_t first,
                    std::size_t last) {
  std::string text;
  for (auto at = first; at < last; ++at) {
    if (at > first && tokens[at].begin > tokens[at - 1].end) text += ' ';
    text += sql.substr(tokens[at].begin, tokens[at].end - tokens[at].begin);
  }
  return text;
}

std::string name_of(std::string_view sql, const SqlToken& token) {
  if (token.kind != SqlToken::Kind::word) return token.value;
  return std::string(sql.substr(token.begin, token.end - token.begin));
}

bool is_name(const SqlToken& token) {
  return token.kind == SqlToken::Kind::word || token.kind == SqlToken::Kind::name ||
         token.kind == SqlToken::Kind::text;
}

// Whether a rule of a column begins here: "NOT NULL", but not the NULL of "SET NULL".
bool begins_rule(const Tokens& tokens, std::size_t at) {
  const auto& token = tokens[at];
  const auto before = [&](std::string_view word) { return at > 0 && tokens[at - 1].is(word); };
  const auto after = [&](std::string_view word) {
    return at + 1 < tokens.size() && tokens[at + 1].is(word);
  };
  if (before("CONSTRAINT")) return false;
  if (at > 1 && tokens[at - 2].is("CONSTRAINT")) return false;  // the constraint has begun
  if (token.is("CONSTRAINT") || token.is("CHECK") || token.is("COLLATE") ||
      token.is("REFERENCES") || token.is("UNIQUE") || token.is("GENERATED")) {
    return true;
  }
  if (token.is("PRIMARY")) return after("KEY");
  if (token.is("NOT")) return after("NULL");
  if (token.is("NULL")) return !before("NOT") && !before("SET") && !before("DEFAULT");
  if (token.is("DEFAULT")) return !before("SET");
  if (token.is("AS")) return !before("ALWAYS");
  return false;
}

std::vector<std::string> names_in(std::string_view sql, const Tokens& tokens, std::size_t open) {
  std::vector<std::string> names;
  const auto end = closing(tokens, open);
  bool first = true;
  for (auto at = open + 1; at < end; ++at) {
    if (first && is_name(tokens[at])) names.push_back(name_of(sql, tokens[at]));
    first = tokens[at].is(',');
  }
  return names;
}

bool holds_name(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& own) { return same_name(own, name); });
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += name + "_";
  return text;
}

}  // namespace

TableText::TableText(std::string table, std::string_view sql) : table_(std::move(table)) {
  const auto tokens = tokens_of(sql);
  std::size_t open = 0;
  while (open < tokens.size() && !tokens[open].is('(')) ++open;
  const auto close = closing(tokens, open);
  if (!starts_with(tokens, {"CREATE", "TABLE"}) || close == tokens.size()) {
    throw CommandError("The table " + table_ + " is no plain table, and cannot be altered: " +
                       std::string(sql.substr(0, 100)));
  }
  options_ = text_of(sql, tokens, close + 1, tokens.size());
  std::size_t depth = 0;
  std::size_t first = open + 1;
  for (auto at = open + 1; at <= close; ++at) {
    if (at == close || (depth == 0 && tokens[at].is(','))) {
      parse_item(text_of(sql, tokens, first, at));
      first = at + 1;
    } else if (tokens[at].is('(')) {
      ++depth;
    } else if (tokens[at].is(')')) {
      --depth;
    }
  }
}

void TableText::parse_item(std::string_view item) {
  const auto tokens = tokens_of(item);
  if (tokens.empty()) return;
  const auto& first = tokens.front();
  const bool constraint = first.is("CONSTRAINT") || first.is("PRIMARY") || first.is("UNIQUE") ||
                          first.is("CHECK") || first.is("FOREIGN");
  if (constraint) {
    constraints_.push_back(parse_constraint(item, {}));
  } else {
    parse_column(item);
  }
}

void TableText::parse_column(std::string_view item) {
  const auto tokens = tokens_of(item);
  Column column;
  column.name = name_of(item, tokens.front());
  column.quoted = text_of(item, tokens, 0, 1);
  std::vector<std::size_t> begins;
  std::size_t depth = 0;
  for (std::size_t at = 1; at < tokens.size(); ++at) {
    if (depth == 0 && begins_rule(tokens, at)) begins.push_back(at);
    if (tokens[at].is('(')) ++depth;
    if (tokens[at].is(')')) --depth;
  }
  begins.push_back(tokens.size());
  column.type = text_of(item, tokens, 1, begins.front());
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    column.rules.push_back(
        parse_constraint(text_of(item, tokens, begins[i], begins[i + 1]), column.name));
  }
  columns_.push_back(std::move(column));
}

// Of a table, or of a column, whose name is then given.
TableText::Constraint TableText::parse_constraint(std::string_view sql,
                                                  const std::string& column) const {
  const auto tokens = tokens_of(sql);
  Constraint found{.kind = Kind::other, .name = {}, .columns = {}, .sql = std::string(sql)};
  std::size_t at = 0;
  if (tokens[0].is("CONSTRAINT") && tokens.size() > 2) {
    found.name = name_of(sql, tokens[1]);
    at = 2;
  }
  if (tokens[at].is("PRIMARY")) found.kind = Kind::primary_key;
  if (tokens[at].is("UNIQUE")) found.kind = Kind::unique;
  if (tokens[at].is("CHECK")) found.kind = Kind::check;
  if (tokens[at].is("FOREIGN") || tokens[at].is("REFERENCES")) found.kind = Kind::foreign_key;
  if (!column.empty()) {
    found.columns = {column};
    return found;
  }
  while (at < tokens.size() && !tokens[at].is('(')) ++at;
  if (at == tokens.size()) return found;  // nothing that SQLite would have kept
  if (found.kind != Kind::check) {
    found.columns = names_in(sql, tokens, at);
    return found;
  }
  // What of a check is a column is known when all columns are; they come before it.
  for (const auto& known : columns_) {
    if (mentions(sql.substr(tokens[at].begin), known.name)) found.columns.push_back(known.name);
  }
  return found;
}

// The first word of a rule behind its name.
bool TableText::Column::has_rule(std::string_view word) const {
  return std::any_of(rules.begin(), rules.end(), [&](const Constraint& rule) {
    const auto tokens = tokens_of(rule.sql);
    const std::size_t at = tokens[0].is("CONSTRAINT") && tokens.size() > 2 ? 2 : 0;
    return tokens[at].is(word);
  });
}

bool TableText::Column::is_computed() const { return has_rule("GENERATED") || has_rule("AS"); }

void TableText::apply(const Change& change) {
  std::visit(Cases{[this](const AddColumn& what) { add(what); },
                   [this](const DropColumn& what) { drop(what); },
                   [this](const AlterColumn& what) { alter(what); },
                   [this](const AddConstraint& what) { add(what); },
                   [this](const DropConstraint& what) { drop(what); }, [](const CreateIndex&) {},
                   [](const DropIndex&) {}},
             change);
}

TableText::Column& TableText::column_named(const std::string& name) {
  for (auto& column : columns_) {
    if (same_name(column.name, name)) return column;
  }
  throw CommandError("The table " + table_ + " has no column " + name);
}

bool TableText::has_column(std::string_view name) const {
  return std::any_of(columns_.begin(), columns_.end(),
                     [&](const Column& column) { return same_name(column.name, name); });
}

void TableText::add(const AddColumn& change) {
  if (has_column(change.column.name)) {
    throw CommandError("The table " + table_ + " has a column " + change.column.name + " already");
  }
  parse_column(sa::column_sql(change.column, false, sqlite_dialect));
  columns_.back().added = true;
}

// As PostgreSQL: what is about the column goes with it.
void TableText::drop(const DropColumn& change) {
  const Column& column = column_named(change.column);
  std::erase_if(constraints_, [&](const Constraint& constraint) {
    return holds_name(constraint.columns, change.column);
  });
  columns_.erase(columns_.begin() + (&column - columns_.data()));
  if (columns_.empty()) throw CommandError("The table " + table_ + " would have no column left");
}

void TableText::alter(const AlterColumn& change) {
  Column& column = column_named(change.column);
  auto drop_rule = [&](std::initializer_list<std::string_view> words) {
    std::erase_if(column.rules, [&](const Constraint& rule) {
      return rule.kind == Kind::other && starts_with(tokens_of(rule.sql), words);
    });
  };
  auto add_rule = [&](std::string sql) {
    column.rules.push_back(
        {.kind = Kind::other, .name = {}, .columns = {column.name}, .sql = std::move(sql)});
  };
  if (change.to.type) column.type = sa::type_sql(*change.to.type, sqlite_dialect);
  if (change.to.server_default) {
    drop_rule({"DEFAULT"});
    if (!change.to.server_default->empty()) {
      add_rule("DEFAULT " + sa::default_sql(*change.to.server_default, sqlite_dialect));
    }
  }
  if (change.to.nullable) {
    drop_rule({"NOT", "NULL"});
    drop_rule({"NULL"});
    if (!*change.to.nullable) add_rule("NOT NULL");
  }
}

void TableText::add(const AddConstraint& change) {
  auto sql = sa::constraint_sql(change.constraint);
  if (!change.unique.postgresql_using_index.empty()) {
    throw CommandError("SQLite cannot make the index " + change.unique.postgresql_using_index +
                       " of " + table_ +
                       " a constraint; leave it out where op.dialect() is not "
                       "postgresql");
  }
  auto made = parse_constraint(sql, {});
  for (const auto& column : made.columns) {
    if (!has_column(column)) {
      throw CommandError("The table " + table_ + " has no column " + column);
    }
  }
  if (made.kind == Kind::primary_key) {
    std::erase_if(constraints_,
                  [](const Constraint& old) { return old.kind == Kind::primary_key; });
    for (auto& column : columns_) {
      std::erase_if(column.rules,
                    [](const Constraint& rule) { return rule.kind == Kind::primary_key; });
    }
  }
  constraints_.push_back(std::move(made));
}

// PostgreSQL's name for a constraint without one.
std::string TableText::default_name(const Constraint& constraint) const {
  switch (constraint.kind) {
    case Kind::primary_key:
      return table_ + "_pkey";
    case Kind::unique:
      return table_ + "_" + joined(constraint.columns) + "key";
    case Kind::foreign_key:
      return table_ + "_" + joined(constraint.columns) + "fkey";
    case Kind::check:
      return table_ + "_" +
             (constraint.columns.size() == 1 ? constraint.columns.front() + "_check" : "check");
    case Kind::other:
      break;
  }
  return {};
}

void TableText::drop(const DropConstraint& change) {
  std::string known;
  auto matches = [&](const Constraint& constraint) {
    const auto name = constraint.name.empty() ? default_name(constraint) : constraint.name;
    if (!name.empty()) known += (known.empty() ? "" : ", ") + name;
    return !name.empty() && same_name(name, change.name);
  };
  auto remove = [&](std::vector<Constraint>& from) {
    const auto found = std::find_if(from.begin(), from.end(), matches);
    if (found == from.end()) return false;
    from.erase(found);
    return true;
  };
  if (remove(constraints_)) return;
  for (auto& column : columns_) {
    if (remove(column.rules)) return;
  }
  throw CommandError("The table " + table_ + " has no constraint " + change.name + "; it has " +
                     (known.empty() ? "none" : known));
}

std::string TableText::sql(std::string_view name) const {
  std::string sql = "CREATE TABLE " + db::quoted(name) + " (";
  bool first = true;
  auto line = [&](const std::string& text) {
    sql += (first ? "\n\t" : ", \n\t") + text;
    first = false;
  };
  for (const auto& column : columns_) {
    std::string text = column.quoted;
    if (!column.type.empty()) text += " " + column.type;
    for (const auto& rule : column.rules) text += " " + rule.sql;
    line(text);
  }
  for (const auto& constraint : constraints_) line(constraint.sql);
  return sql + "\n)" + (options_.empty() ? "" : " " + options_);
}

std::vector<std::string> TableText::copied() const {
  std::vector<std::string> names;
  for (const auto& column : columns_) {
    if (!column.added && !column.is_computed()) names.push_back(column.name);
  }
  return names;
}

}  // namespace plinth::migrate

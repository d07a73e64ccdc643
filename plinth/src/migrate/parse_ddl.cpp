#include "migrate/parse_ddl.hpp"

#include <stdexcept>

#include "db/sql_text.hpp"

namespace plinth::migrate {

namespace {

// Tokens, taken from the left.
class Reader {
 public:
  explicit Reader(std::string_view sql) : sql_(sql), tokens_(db::tokens_of(sql)) {}

  bool done() const { return at_ == tokens_.size(); }
  const db::SqlToken& peek() const { return tokens_[at_]; }
  bool sees(std::string_view text) const {
    return !done() &&
           (peek().is(text) || (peek().kind == db::SqlToken::Kind::symbol && peek().text == text));
  }
  bool take(std::string_view text) {
    if (!sees(text)) return false;
    ++at_;
    return true;
  }
  void skip() {
    if (done()) throw std::logic_error("SQL ends too early: " + std::string(sql_));
    ++at_;
  }
  std::string name() {
    if (done()) throw std::logic_error("SQL ends where a name is expected: " + std::string(sql_));
    return tokens_[at_++].name();
  }
  /// "(a, b)": what is inside, and past it.
  std::string_view brackets() {
    if (!sees("(")) throw std::logic_error("SQL without '(': " + std::string(sql_));
    const auto begin = peek().at + 1;
    int depth = 0;
    for (; !done(); ++at_) {
      if (sees("(")) ++depth;
      if (sees(")") && --depth == 0) break;
    }
    if (done()) throw std::logic_error("SQL without ')': " + std::string(sql_));
    const auto end = peek().at;
    ++at_;
    return sql_.substr(begin, end - begin);
  }
  std::string_view rest() const { return done() ? std::string_view() : sql_.substr(peek().at); }

 private:
  std::string_view sql_;
  std::vector<db::SqlToken> tokens_;
  std::size_t at_ = 0;
};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

// "name, other DESC": the names.
std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  for (const auto& part : db::split_list(list)) {
    names.push_back(Reader(part).name());
  }
  return names;
}

std::string action(Reader& reader) {
  if (reader.take("cascade")) return "CASCADE";
  if (reader.take("restrict")) return "RESTRICT";
  if (reader.take("no")) {
    reader.take("action");
    return {};
  }
  reader.take("set");
  return reader.take("null") ? "SET NULL" : (reader.skip(), "SET DEFAULT");
}

// After REFERENCES.
sa::ForeignKeyConstraint references(Reader& reader, std::vector<std::string> local,
                                    const std::string& name) {
  const auto table = reader.name();
  std::vector<std::string> targets;
  if (reader.sees("(")) {
    for (const auto& column : names_in(reader.brackets())) targets.push_back(table + "." + column);
  } else {
    targets.assign(local.size(), table + ".");
  }
  sa::ForeignKeyOptions options{.name = name};
  while (reader.sees("on")) {
    reader.skip();
    auto& which =
        reader.take("delete") ? options.ondelete : (reader.take("update"), options.onupdate);
    which = action(reader);
  }
  return {std::move(local), std::move(targets), std::move(options)};
}

// A constraint at the reader; of a column, when `column` is not empty. What is none is skipped.
void read_constraint(Reader& reader, std::string& name, const std::string& column,
                     std::vector<sa::TableItem>& items) {
  const std::vector<std::string> own(column.empty() ? 0 : 1, column);
  if (reader.take("constraint")) {
    name = reader.name();
    return;
  }
  if (reader.take("primary")) {
    reader.take("key");
    sa::PrimaryKeyConstraint key;
    key.columns = column.empty() ? names_in(reader.brackets()) : own;
    key.name = name;
    items.emplace_back(std::move(key));
  } else if (reader.take("unique")) {
    sa::UniqueConstraint unique;
    unique.columns = column.empty() ? names_in(reader.brackets()) : own;
    unique.name = name;
    items.emplace_back(std::move(unique));
  } else if (reader.take("check")) {
    items.emplace_back(sa::CheckConstraint(trimmed(reader.brackets()), name));
  } else if (reader.take("foreign")) {
    reader.take("key");
    auto local = names_in(reader.brackets());
    reader.take("references");
    items.emplace_back(references(reader, std::move(local), name));
  } else if (reader.take("references")) {
    items.emplace_back(references(reader, own, name));
  } else if (reader.sees("(")) {
    reader.brackets();
    return;
  } else {
    reader.skip();
    return;
  }
  name.clear();
}

bool begins_constraint(const Reader& reader) {
  return reader.sees("constraint") || reader.sees("primary") || reader.sees("unique") ||
         reader.sees("check") || reader.sees("foreign");
}

}  // namespace

std::vector<sa::TableItem> constraints_of(std::string_view create_table) {
  std::vector<sa::TableItem> items;
  Reader table(create_table);
  while (!table.done() && !table.sees("(")) {
    if (table.take("as")) return items;
    table.skip();
  }
  if (table.done()) return items;
  for (const auto& part : db::split_list(table.brackets())) {
    Reader reader(part);
    std::string column;
    if (!begins_constraint(reader)) column = reader.name();
    std::string name;
    while (!reader.done()) read_constraint(reader, name, column, items);
  }
  return items;
}

sa::Index parse_index(std::string_view create_index) {
  Reader reader(create_index);
  sa::Index index;
  reader.take("create");
  index.options.unique = reader.take("unique");
  if (!reader.take("index")) {
    throw std::logic_error("no CREATE INDEX: " + std::string(create_index));
  }
  if (reader.take("if")) {
    reader.take("not");
    reader.take("exists");
  }
  index.name = reader.name();
  if (reader.take(".")) index.name = reader.name();
  reader.take("on");
  reader.take("only");
  reader.name();
  if (reader.take(".")) reader.name();
  if (reader.take("using")) {
    index.options.postgresql_using = reader.name();
    if (index.options.postgresql_using == "btree") index.options.postgresql_using.clear();
  }
  for (auto& part : db::split_list(reader.brackets())) {
    if (db::is_one_name(part)) {
      index.on.emplace_back(db::tokens_of(part).front().name());
    } else {
      index.on.emplace_back(sa::text(std::move(part)));
    }
  }
  while (!reader.done() && !reader.take("where")) reader.skip();
  index.options.where = trimmed(reader.rest());
  return index;
}

}  // namespace plinth::migrate

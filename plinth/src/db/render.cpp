// Queries as SQL. Two dialects differ in their placeholders, in OFFSET without LIMIT, and in
// FOR UPDATE, which SQLite has not: there a transaction that writes has the database to itself.
#include <algorithm>

#include "db/text.hpp"
#include "db/value.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

namespace {

class Writer {
 public:
  explicit Writer(Dialect dialect) : dialect_(dialect) { out_.sql.reserve(256); }

  Statement take() && { return std::move(out_); }

  void select(const Query& query);
  void insert(const Query& query);
  void update(const Query& query);
  void remove(const Query& query);

  std::string& sql() { return out_.sql; }
  void parameter(Value value);

 private:
  void name(std::string_view text) { append_quoted(out_.sql, text); }
  void fragment(const Fragment& fragment, bool qualified = true);
  void list(const std::vector<Fragment>& fragments, bool qualified = true);
  void where(const Fragment& condition);
  void limits(const Query& query);
  void returning(const Query& query);

  Dialect dialect_;
  Statement out_;
};

void Writer::parameter(Value value) {
  check_parameter(value);
  out_.parameters.push_back(std::move(value));
  if (dialect_ == Dialect::sqlite) {
    out_.sql += '?';
  } else {
    out_.sql += '$';
    out_.sql += std::to_string(out_.parameters.size());
  }
}

void Writer::fragment(const Fragment& fragment, bool qualified) {
  for (const Token& token : fragment) {
    switch (token.kind) {
      case Token::Kind::text:
        out_.sql += token.text;
        break;
      case Token::Kind::column:
        if (qualified) {
          name(token.table);
          out_.sql += '.';
        }
        name(token.text);
        break;
      case Token::Kind::parameter:
        parameter(token.value);
        break;
    }
  }
}

void Writer::list(const std::vector<Fragment>& fragments, bool qualified) {
  bool first = true;
  for (const Fragment& part : fragments) {
    if (!first) out_.sql += ", ";
    first = false;
    fragment(part, qualified);
  }
}

void Writer::where(const Fragment& condition) {
  if (condition.empty()) return;
  out_.sql += " WHERE ";
  fragment(condition);
}

void Writer::limits(const Query& query) {
  for (auto rows : {query.limit, query.offset}) {
    if (rows && *rows < 0) throw DataError("LIMIT and OFFSET cannot be negative");
  }
  if (query.limit) {
    out_.sql += " LIMIT ";
    parameter(*query.limit);
  } else if (query.rows_wanted && dialect_ == Dialect::postgresql) {
    // Not as a parameter, so that the planner knows. SQLite stops by itself.
    out_.sql += " LIMIT " + std::to_string(*query.rows_wanted);
  } else if (query.offset && dialect_ == Dialect::sqlite) {
    out_.sql += " LIMIT -1";
  }
  if (query.offset) {
    out_.sql += " OFFSET ";
    parameter(*query.offset);
  }
}

void Writer::select(const Query& query) {
  out_.sql += query.distinct ? "SELECT DISTINCT " : "SELECT ";
  list(query.columns);
  out_.sql += " FROM ";
  name(query.table->name);
  for (const Join& join : query.joins) {
    out_.sql += join.outer ? " LEFT OUTER JOIN " : " JOIN ";
    name(join.table->name);
    out_.sql += " ON ";
    fragment(join.on);
  }
  where(query.where);
  if (!query.group_by.empty()) {
    out_.sql += " GROUP BY ";
    list(query.group_by);
  }
  if (!query.having.empty()) {
    out_.sql += " HAVING ";
    fragment(query.having);
  }
  if (!query.order_by.empty()) {
    out_.sql += " ORDER BY ";
    list(query.order_by);
  }
  limits(query);
  if (query.for_update && dialect_ == Dialect::postgresql) {
    out_.sql += query.skip_locked ? " FOR UPDATE SKIP LOCKED" : " FOR UPDATE";
  }
  out_.reads_only = !query.for_update;
}

void Writer::returning(const Query& query) {
  if (query.columns.empty()) return;
  out_.sql += " RETURNING ";
  list(query.columns, false);
}

const Column* find_column(const Table& table, std::string_view name) {
  for (const Column& column : table.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

void check_assignment(const Table& table, const Assignment& assignment) {
  const auto* column = find_column(table, assignment.column);
  if (!column || assignment.value.size() != 1) return;
  const Token& only = assignment.value.front();
  if (only.kind == Token::Kind::parameter) check_column(table, *column, only.value);
}

// The rows with the defaults of columns that were not assigned.
std::vector<std::vector<Assignment>> with_defaults(const Query& query) {
  auto rows = query.values;
  for (auto& row : rows) {
    for (const Column& column : query.table->columns) {
      auto is_it = [&](const Assignment& one) { return one.column == column.name; };
      if (!column.default_value || std::any_of(row.begin(), row.end(), is_it)) continue;
      row.push_back({column.name, parameter_fragment(column.default_value())});
    }
  }
  return rows;
}

void Writer::insert(const Query& query) {
  const auto rows = with_defaults(query);
  if (rows.empty()) throw ProgrammingError("insert() without values");
  out_.sql += "INSERT INTO ";
  name(query.table->name);
  const auto& first = rows.front();
  if (first.empty()) {
    out_.sql += " DEFAULT VALUES";
  } else {
    const char* between = " (";
    for (const Assignment& assignment : first) {
      out_.sql += between;
      name(assignment.column);
      between = ", ";
    }
    out_.sql += ")";
    const char* before = " VALUES (";
    for (const auto& row : rows) {
      if (row.size() != first.size()) {
        throw ProgrammingError("the rows of an insert() name different columns");
      }
      out_.sql += before;
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i].column != first[i].column) {
          throw ProgrammingError("the rows of an insert() name different columns");
        }
        if (i > 0) out_.sql += ", ";
        check_assignment(*query.table, row[i]);
        fragment(row[i].value);
      }
      out_.sql += ")";
      before = ", (";
    }
  }
  if (query.on_conflict_do_nothing) {
    out_.sql += " ON CONFLICT";
    const char* between = " (";
    for (auto column : query.conflict_columns) {
      out_.sql += between;
      name(column);
      between = ", ";
    }
    out_.sql += query.conflict_columns.empty() ? " DO NOTHING" : ") DO NOTHING";
  }
  returning(query);
}

void Writer::update(const Query& query) {
  if (query.values.empty() || query.values.front().empty()) {
    throw ProgrammingError("update() without set()");
  }
  out_.sql += "UPDATE ";
  name(query.table->name);
  const char* between = " SET ";
  for (const Assignment& assignment : query.values.front()) {
    out_.sql += between;
    name(assignment.column);
    out_.sql += " = ";
    check_assignment(*query.table, assignment);
    fragment(assignment.value);
    between = ", ";
  }
  where(query.where);
  returning(query);
}

void Writer::remove(const Query& query) {
  out_.sql += "DELETE FROM ";
  name(query.table->name);
  where(query.where);
  returning(query);
}

void write_text(Writer& writer, const Query& query, Dialect dialect) {
  if (dialect == Dialect::postgresql) refuse_control(query.text);
  std::size_t next = 0;
  for (const TextPart& part : split_parameters(query.text)) {
    writer.sql() += part.sql;
    if (!part.parameter) continue;
    if (next == query.arguments.size()) {
      throw ProgrammingError("text() has more '?' than values; a '?' itself is written \"??\"");
    }
    writer.parameter(query.arguments[next++]);
  }
  if (next != query.arguments.size()) {
    throw ProgrammingError("text() has " + std::to_string(next) + " '?', but " +
                           std::to_string(query.arguments.size()) + " values");
  }
}

}  // namespace

Statement render(const Query& query, Dialect dialect) {
  Writer writer(dialect);
  switch (query.kind) {
    case Query::Kind::select:
      writer.select(query);
      break;
    case Query::Kind::insert:
      writer.insert(query);
      break;
    case Query::Kind::update:
      writer.update(query);
      break;
    case Query::Kind::delete_:
      writer.remove(query);
      break;
    case Query::Kind::text:
      write_text(writer, query, dialect);
      break;
  }
  return std::move(writer).take();
}

}  // namespace plinth::db

// Queries as SQL. The dialects differ in their placeholders, in OFFSET without LIMIT, in the place
// of NULL in an order, and in FOR UPDATE, which SQLite has not: there a transaction that writes has
// the database to itself.
#include <algorithm>

#include "db/text.hpp"
#include "db/value.hpp"
#include "db/writer.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

namespace {

// SQLITE_MAX_VARIABLE_NUMBER; PostgreSQL counts them in 16 bits.
constexpr std::size_t parameters_max(Dialect dialect) {
  return dialect == Dialect::sqlite ? 32'766 : 65'535;
}

// SQL that a session wrote as text.
void write_text(Writer& writer, const Query& query) {
  if (!writer.sqlite()) refuse_control(query.text);
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

// Of a join that may find nothing, any column may be NULL.
bool names_outer(const Query& query, const Fragment& sql) {
  for (const Join& join : query.joins) {
    if (join.kind != Join::Kind::outer) continue;
    for (const Token& token : sql) {
      if (token.kind == Token::Kind::column && token.table == join.source.shown()) return true;
    }
  }
  return false;
}

}  // namespace

Statement Writer::take() && {
  const auto most = parameters_max(dialect_);
  if (out_.parameters.size() > most) {
    throw ProgrammingError("a statement with " + std::to_string(out_.parameters.size()) +
                           " parameters, but the database takes " + std::to_string(most) +
                           "; insert many rows by session.bulk_insert(), read many by parts");
  }
  return std::move(out_);
}

void Writer::query(const Query& query) {
  with(query);
  switch (query.kind) {
    case Query::Kind::select:
    case Query::Kind::compound:
      rows(query, nullptr);
      break;
    case Query::Kind::insert:
      write_insert(*this, query);
      break;
    case Query::Kind::update:
      write_update(*this, query);
      break;
    case Query::Kind::delete_:
      write_delete(*this, query);
      break;
    case Query::Kind::text:
      write_text(*this, query);
      break;
  }
}

void Writer::name(std::string_view text) { append_quoted(out_.sql, text); }

void Writer::names(const std::vector<std::string_view>& list) {
  const char* between = "";
  for (auto one : list) {
    out_.sql += between;
    name(one);
    between = ", ";
  }
}

void Writer::parameter(const Value& value, std::string_view postgresql,
                       std::string_view sqlite_type) {
  check_parameter(value);
  out_.parameters.push_back(value);
  if (!sqlite()) {
    out_.sql += '$';
    out_.sql += std::to_string(out_.parameters.size());
    if (postgresql.empty()) return;
    out_.sql += "::";
    out_.sql += postgresql;
  } else if (sqlite_type.empty()) {
    out_.sql += '?';
  } else {
    out_.sql += "CAST(? AS ";
    out_.sql += sqlite_type;
    out_.sql += ')';
  }
}

void Writer::columns(const Token& token, bool qualified) {
  const char* between = "";
  for (const Column& column : token.of->columns) {
    out_.sql += between;
    if (qualified) {
      name(token.table);
      out_.sql += '.';
    }
    name(column.name);
    between = ", ";
  }
}

void Writer::token(const Token& token, bool qualified) {
  switch (token.kind) {
    case Token::Kind::text:
      out_.sql += token.text;
      break;
    case Token::Kind::column:
      // ON CONFLICT's new row has no other name.
      if (qualified || token.table == "excluded") {
        name(token.table);
        out_.sql += '.';
      }
      name(token.text);
      break;
    case Token::Kind::columns:
      columns(token, qualified);
      break;
    case Token::Kind::parameter:
      parameter(token.value, token.text, token.table);
      break;
    case Token::Kind::raw:
      out_.sql += std::get<std::string>(token.value);
      break;
    case Token::Kind::dialect:
      out_.sql += sqlite() ? token.table : token.text;
      break;
    case Token::Kind::subquery:
      out_.sql += '(';
      with(*token.query);
      rows(*token.query, nullptr);
      out_.sql += ')';
      break;
  }
}

void Writer::fragment(const Fragment& fragment, bool qualified) {
  for (const Token& one : fragment) token(one, qualified);
}

void Writer::list(const std::vector<Fragment>& fragments, bool qualified) {
  const char* between = "";
  for (const Fragment& part : fragments) {
    out_.sql += between;
    fragment(part, qualified);
    between = ", ";
  }
}

void Writer::clause(std::string_view before, const Fragment& condition, bool qualified) {
  if (condition.empty()) return;
  out_.sql += before;
  fragment(condition, qualified);
}

void Writer::with(const Query& query) {
  if (query.with.empty()) return;
  auto is_recursive = [](const Cte& cte) { return cte.step != nullptr; };
  const bool recursive = std::any_of(query.with.begin(), query.with.end(), is_recursive);
  const char* before = recursive ? "WITH RECURSIVE " : "WITH ";
  for (const Cte& cte : query.with) {
    out_.sql += before;
    name(cte.table->name);
    out_.sql += " (";
    const char* between = "";
    for (const Column& column : cte.table->columns) {
      out_.sql += between;
      name(column.name);
      between = ", ";
    }
    out_.sql += ") AS (";
    rows(*cte.query, nullptr);
    if (cte.step) {
      out_.sql += " UNION ALL ";
      rows(*cte.step, nullptr);
    }
    out_.sql += ')';
    before = ", ";
  }
  out_.sql += ' ';
}

void Writer::rows(const Query& query, const Table* labels) {
  if (query.kind == Query::Kind::compound) {
    compound(query, labels);
  } else {
    select(query, labels);
  }
}

// SQLite takes ORDER BY and LIMIT in a part of a compound only one level down.
void Writer::compound(const Query& query, const Table* labels) {
  std::string_view between;
  for (const auto& part : query.parts) {
    out_.sql += between;
    between = query.between;
    const bool plain = part->kind == Query::Kind::select && part->order_by.empty() &&
                       !part->limit && !part->offset && part->with.empty();
    if (!plain) out_.sql += "SELECT * FROM (";
    if (!plain) with(*part);
    rows(*part, labels);
    if (!plain) out_.sql += ") AS part";
  }
}

void Writer::labelled(const std::vector<Fragment>& columns, const Table& labels) {
  std::size_t next = 0;
  auto label = [&] {
    out_.sql += " AS ";
    name(labels.columns[next++].name);
  };
  const char* between = "";
  for (const Fragment& part : columns) {
    const bool whole = part.size() == 1 && part.front().kind == Token::Kind::columns;
    const std::size_t count = whole ? part.front().of->columns.size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
      out_.sql += between;
      between = ", ";
      if (whole) {
        fragment(column_fragment(part.front().table, part.front().of->columns[i].name));
      } else {
        fragment(part);
      }
      label();
    }
  }
}

void Writer::source(const Source& source) {
  if (source.query) {
    out_.sql += '(';
    with(*source.query);
    rows(*source.query, source.table);
    out_.sql += ") AS ";
    name(source.shown());
    return;
  }
  name(source.table->name);
  if (source.shown() == source.table->name) return;
  out_.sql += " AS ";
  name(source.shown());
}

void Writer::join(const Join& join) {
  switch (join.kind) {
    case Join::Kind::inner:
      out_.sql += " JOIN ";
      break;
    case Join::Kind::outer:
      out_.sql += " LEFT OUTER JOIN ";
      break;
    case Join::Kind::cross:
      out_.sql += " CROSS JOIN ";
      break;
  }
  source(join.source);
  clause(" ON ", join.on);
}

void Writer::order(const Query& query) {
  const char* before = " ORDER BY ";
  for (const Order& order : query.order_by) {
    out_.sql += before;
    before = ", ";
    fragment(order.sql);
    if (order.descending) out_.sql += " DESC";
    auto nulls = order.nulls;
    // PostgreSQL's order is the usual one; SQLite has NULL as the smallest.
    if (nulls == Order::Nulls::usual && sqlite() &&
        (order.nullable || names_outer(query, order.sql))) {
      nulls = order.descending ? Order::Nulls::first : Order::Nulls::last;
    }
    if (nulls == Order::Nulls::first) out_.sql += " NULLS FIRST";
    if (nulls == Order::Nulls::last) out_.sql += " NULLS LAST";
  }
}

void Writer::limits(const Query& query) {
  for (auto rows : {query.limit, query.offset}) {
    if (rows && *rows < 0) throw DataError("LIMIT and OFFSET cannot be negative");
  }
  if (query.limit) {
    out_.sql += " LIMIT ";
    parameter(*query.limit);
  } else if (query.rows_wanted && !sqlite()) {
    // Not as a parameter, so that the planner knows. SQLite stops by itself.
    out_.sql += " LIMIT " + std::to_string(*query.rows_wanted);
  } else if (query.offset && sqlite()) {
    out_.sql += " LIMIT -1";
  }
  if (query.offset) {
    out_.sql += " OFFSET ";
    parameter(*query.offset);
  }
}

void Writer::lock(const Query& query) {
  if (!query.for_update || sqlite()) return;
  const ForUpdate& how = *query.for_update;
  if (how.skip_locked && how.nowait) {
    throw ProgrammingError("with_for_update(): skip_locked and nowait exclude each other");
  }
  if (how.read) {
    out_.sql += how.key_share ? " FOR KEY SHARE" : " FOR SHARE";
  } else {
    out_.sql += how.key_share ? " FOR NO KEY UPDATE" : " FOR UPDATE";
  }
  if (!query.for_update_of.empty()) {
    out_.sql += " OF ";
    names(query.for_update_of);
  }
  if (how.skip_locked) out_.sql += " SKIP LOCKED";
  if (how.nowait) out_.sql += " NOWAIT";
}

void Writer::select(const Query& query, const Table* labels) {
  out_.sql += query.distinct ? "SELECT DISTINCT " : "SELECT ";
  if (labels) {
    labelled(query.columns, *labels);
  } else {
    list(query.columns);
  }
  out_.sql += " FROM ";
  source({.table = query.table, .name = query.name, .query = query.from});
  for (const Join& one : query.joins) join(one);
  clause(" WHERE ", query.where);
  if (!query.group_by.empty()) {
    out_.sql += " GROUP BY ";
    list(query.group_by);
  }
  clause(" HAVING ", query.having);
  order(query);
  limits(query);
  lock(query);
}

void Writer::returning(const Query& query) {
  if (query.columns.empty()) return;
  out_.sql += " RETURNING ";
  list(query.columns, false);
}

Statement render(const Query& query, Dialect dialect) {
  Writer writer(dialect);
  writer.query(query);
  auto statement = std::move(writer).take();
  const bool gives = query.kind == Query::Kind::select || query.kind == Query::Kind::compound;
  statement.reads_only = gives && !query.for_update;
  return statement;
}

}  // namespace plinth::db

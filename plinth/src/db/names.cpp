// Names as SQL. Source: PostgreSQL 15, appendix C (reserved words), and sqlite.org/lang_keywords.
#include <algorithm>
#include <iterator>

#include "plinth/detail/statement.hpp"

namespace plinth::db {

namespace {

// Reserved in one of the two dialects; sorted.
constexpr std::string_view reserved[] = {"add",
                                         "all",
                                         "alter",
                                         "analyse",
                                         "analyze",
                                         "and",
                                         "any",
                                         "array",
                                         "as",
                                         "asc",
                                         "asymmetric",
                                         "authorization",
                                         "autoincrement",
                                         "between",
                                         "binary",
                                         "both",
                                         "case",
                                         "cast",
                                         "check",
                                         "collate",
                                         "collation",
                                         "column",
                                         "commit",
                                         "concurrently",
                                         "constraint",
                                         "create",
                                         "cross",
                                         "current_catalog",
                                         "current_date",
                                         "current_role",
                                         "current_schema",
                                         "current_time",
                                         "current_timestamp",
                                         "current_user",
                                         "default",
                                         "deferrable",
                                         "delete",
                                         "desc",
                                         "distinct",
                                         "do",
                                         "drop",
                                         "else",
                                         "end",
                                         "escape",
                                         "except",
                                         "exists",
                                         "false",
                                         "fetch",
                                         "for",
                                         "foreign",
                                         "freeze",
                                         "from",
                                         "full",
                                         "grant",
                                         "group",
                                         "having",
                                         "ilike",
                                         "in",
                                         "index",
                                         "initially",
                                         "inner",
                                         "insert",
                                         "intersect",
                                         "into",
                                         "is",
                                         "isnull",
                                         "join",
                                         "lateral",
                                         "leading",
                                         "left",
                                         "like",
                                         "limit",
                                         "localtime",
                                         "localtimestamp",
                                         "natural",
                                         "not",
                                         "nothing",
                                         "notnull",
                                         "null",
                                         "offset",
                                         "on",
                                         "only",
                                         "or",
                                         "order",
                                         "outer",
                                         "overlaps",
                                         "placing",
                                         "primary",
                                         "references",
                                         "returning",
                                         "right",
                                         "select",
                                         "session_user",
                                         "set",
                                         "similar",
                                         "some",
                                         "symmetric",
                                         "table",
                                         "tablesample",
                                         "then",
                                         "to",
                                         "trailing",
                                         "transaction",
                                         "true",
                                         "union",
                                         "unique",
                                         "update",
                                         "user",
                                         "using",
                                         "values",
                                         "variadic",
                                         "verbose",
                                         "when",
                                         "where",
                                         "window",
                                         "with"};
static_assert(std::is_sorted(std::begin(reserved), std::end(reserved)));

bool is_plain(std::string_view name) {
  auto is_first = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  auto is_next = [&](char c) { return is_first(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_first(name[0]) && std::all_of(name.begin(), name.end(), is_next) &&
         !std::binary_search(std::begin(reserved), std::end(reserved), name);
}

}  // namespace

void append_quoted(std::string& sql, std::string_view name) {
  if (is_plain(name)) {
    sql += name;
    return;
  }
  sql += '"';
  for (char c : name) {
    if (c == '"') sql += '"';
    sql += c;
  }
  sql += '"';
}

std::string quoted(std::string_view name) {
  std::string sql;
  append_quoted(sql, name);
  return sql;
}

}  // namespace plinth::db

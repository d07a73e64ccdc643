// Writes one statement in a dialect: expressions and selects here, what changes rows on top.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/detail/statement.hpp"

namespace plinth::db {

class Writer {
 public:
  explicit Writer(Dialect dialect) : dialect_(dialect) { out_.sql.reserve(256); }

  /// Throws ProgrammingError when there are more parameters than the database takes.
  Statement take() &&;

  void query(const Query& query);

  bool sqlite() const { return dialect_ == Dialect::sqlite; }
  std::string& sql() { return out_.sql; }
  void name(std::string_view text);
  void names(const std::vector<std::string_view>& list);
  /// `postgresql`, `sqlite`: the type to cast to there; empty: none.
  void parameter(const Value& value, std::string_view postgresql = {},
                 std::string_view sqlite = {});
  /// Columns stand without their table where `qualified` is false.
  void fragment(const Fragment& fragment, bool qualified = true);
  void list(const std::vector<Fragment>& fragments, bool qualified = true);
  void clause(std::string_view before, const Fragment& condition, bool qualified = true);
  void returning(const Query& query);
  void with(const Query& query);

 private:
  /// Its columns have the names of `labels`' columns.
  void select(const Query& query, const Table* labels = nullptr);
  void compound(const Query& query, const Table* labels);
  void rows(const Query& query, const Table* labels);
  void labelled(const std::vector<Fragment>& columns, const Table& labels);
  void token(const Token& token, bool qualified);
  void columns(const Token& token, bool qualified);
  void source(const Source& source);
  void join(const Join& join);
  void order(const Query& query);
  void limits(const Query& query);
  void lock(const Query& query);

  Dialect dialect_;
  Statement out_;
};

// render_changes.cpp
void write_insert(Writer& writer, const Query& query);
void write_update(Writer& writer, const Query& query);
void write_delete(Writer& writer, const Query& query);

}  // namespace plinth::db

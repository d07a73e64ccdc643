// Columns, types, constraints and options as C++.
#pragma once

#include <string>
#include <vector>

#include "migrate/change.hpp"
#include "migrate/code.hpp"

namespace plinth::migrate::autogenerate {

Code type_code(const sa::Type& type);
Code column_code(const sa::Column& column);
/// {"a", "b"}
Code list_code(const std::vector<std::string>& texts);
/// What stands in create_table after the name.
std::vector<Code> items_code(const sa::Table& table);
/// {"email", sa::text("lower(name)")}
Code index_items(const sa::Index& index);
/// Without parts when all is as by default.
Code index_options(const sa::Index& index);
Code alter_options(const AlterColumn& change, const ColumnStep& step);
/// create_unique_constraint("name", {…}) and the like, without the table.
Code constraint_call(const sa::TableItem& constraint);
/// For each value that is new: name, value, place.
std::vector<std::vector<Code>> added_values(const AlterEnum& change);
/// What the same change is on SQLite, where the column is a text: op.alter_column of each column
/// whose length or default differs.
std::vector<Code> enum_on_sqlite(const AlterEnum& change);

}  // namespace plinth::migrate::autogenerate

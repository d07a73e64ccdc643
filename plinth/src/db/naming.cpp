#include "db/naming.hpp"

#include <stdexcept>

namespace plinth::db {

namespace {

// What the tokens of a convention stand for.
struct Subject {
  std::string_view table;
  std::vector<std::string> columns = {};
  std::string referred_table = {};
  std::vector<std::string> referred_columns = {};
  std::string name = {};
};

struct Describe {
  std::string_view table;

  Subject operator()(const sa::Column&) const { throw std::logic_error("a column has a name"); }
  Subject operator()(const sa::PrimaryKeyConstraint& key) const {
    return {.table = table, .columns = key.columns, .name = key.name};
  }
  Subject operator()(const sa::UniqueConstraint& unique) const {
    return {.table = table, .columns = unique.columns, .name = unique.name};
  }
  Subject operator()(const sa::CheckConstraint& check) const {
    return {.table = table, .name = check.name};
  }
  Subject operator()(const sa::ForeignKeyConstraint& key) const {
    Subject made{.table = table, .columns = key.columns, .name = key.options.name};
    for (const auto& target : key.targets) {
      const auto dot = target.rfind('.');
      made.referred_table = target.substr(0, dot);
      made.referred_columns.push_back(target.substr(dot + 1));
    }
    return made;
  }
};

std::string joined(const std::vector<std::string>& names, std::string_view between,
                   const std::string& before = {}) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += between;
    text += before + name;
  }
  return text;
}

std::string first_of(const std::vector<std::string>& names) {
  return names.empty() ? std::string() : names.front();
}

std::string value_of(std::string_view token, const Subject& subject) {
  std::string table(subject.table);
  if (token == "table_name") return table;
  if (token == "constraint_name") return subject.name;
  if (token == "column_0_name" || token == "column_0_key") return first_of(subject.columns);
  if (token == "column_0_label") return table + "_" + first_of(subject.columns);
  if (token == "column_0_N_name") return joined(subject.columns, "_");
  if (token == "column_0N_name") return joined(subject.columns, "");
  if (token == "column_0_N_label") return joined(subject.columns, "_", table + "_");
  if (token == "referred_table_name") return subject.referred_table;
  if (token == "referred_column_0_name") return first_of(subject.referred_columns);
  if (token == "referred_column_0_N_name") return joined(subject.referred_columns, "_");
  throw std::logic_error("naming convention: unknown token \"" + std::string(token) +
                         "\"; use table_name, column_0_name, column_0_N_name, column_0_label, "
                         "referred_table_name, referred_column_0_name or constraint_name");
}

std::string expanded(std::string_view convention, const Subject& subject) {
  std::string name;
  for (std::size_t at = 0; at < convention.size();) {
    const auto end = convention.substr(at).starts_with("%(") ? convention.find(")s", at)
                                                             : std::string_view::npos;
    if (end == std::string_view::npos) {
      name += convention[at++];
      continue;
    }
    name += value_of(convention.substr(at + 2, end - at - 2), subject);
    at = end + 2;
  }
  return name;
}

}  // namespace

std::string conventional_name(std::string_view convention, std::string_view table,
                              const sa::TableItem& constraint) {
  return expanded(convention, std::visit(Describe{table}, constraint));
}

std::string conventional_index_name(std::string_view convention, std::string_view table,
                                    std::string_view column) {
  return expanded(convention, {.table = table, .columns = {std::string(column)}});
}

}  // namespace plinth::db

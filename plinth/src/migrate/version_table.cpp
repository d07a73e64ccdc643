#include "migrate/version_table.hpp"

#include "plinth/detail/ddl.hpp"

namespace plinth::migrate {

using db::Dialect;

namespace {

// Ids are checked: they hold letters, digits and '_' only.
std::string literal(std::string_view id) { return "'" + std::string(id) + "'"; }

}  // namespace

std::string create_version_table(Dialect dialect) {
  return sa::create_table("alembic_version",
                          {sa::Column("version_num", sa::String(32), {.nullable = false}),
                           sa::PrimaryKeyConstraint("version_num").named("alembic_version_pkc")},
                          dialect)
      .front();
}

std::string version_table_exists(Dialect dialect) {
  return dialect == Dialect::sqlite
             ? "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = "
               "'alembic_version'"
             : "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = "
               "to_regclass('alembic_version')";
}

std::string move_version(std::string_view from, std::string_view to, Dialect dialect) {
  if (from.empty()) {
    auto sql = "INSERT INTO alembic_version (version_num) VALUES (" + literal(to) + ")";
    if (dialect == Dialect::postgresql) sql += " RETURNING alembic_version.version_num";
    return sql;
  }
  const auto where = " WHERE alembic_version.version_num = " + literal(from);
  if (to.empty()) return "DELETE FROM alembic_version" + where;
  return "UPDATE alembic_version SET version_num=" + literal(to) + where;
}

}  // namespace plinth::migrate

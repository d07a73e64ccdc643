#include "migrate/offline.hpp"

#include "migrate/online.hpp"
#include "migrate/version_table.hpp"

namespace plinth::migrate {

namespace {

// Alembic prints four spaces for a tab.
void print(std::string& script, const std::string& sql) {
  for (char c : sql) {
    if (c == '\t') {
      script += "    ";
    } else {
      script += c;
    }
  }
  script += ";\n\n";
}

void print_step(std::string& script, const History& history, std::size_t from, std::size_t to,
                db::Dialect dialect, const Log& log) {
  const auto text = running(history, from, to);
  log.info(text);
  script += "-- " + text.substr(0, text.find(", ")) + "\n\n";
  for (const auto& sql : step_statements(history, from, to, dialect)) print(script, sql);
  print(script, move_version(history.id_at(from), history.id_at(to), dialect));
}

}  // namespace

std::string upgrade_script(const History& history, std::string_view range, db::Dialect dialect,
                           const Log& log) {
  const auto colon = range.find(':');
  std::size_t from = 0;
  if (colon != std::string_view::npos) {
    from = history.resolve(range.substr(0, colon), 0);
    range.remove_prefix(colon + 1);
  }
  const auto to = history.resolve(range, from);
  std::string script = "BEGIN;\n\n";
  if (from == 0) print(script, create_version_table(dialect));
  for (auto at = from; at < to; ++at) print_step(script, history, at, at + 1, dialect, log);
  return script + "COMMIT;\n\n";
}

std::string downgrade_script(const History& history, std::string_view range, db::Dialect dialect,
                             const Log& log) {
  const auto colon = range.find(':');
  if (colon == std::string_view::npos) {
    throw CommandError("downgrade with --sql requires <fromrev>:<torev>");
  }
  const auto from = history.resolve(range.substr(0, colon), 0);
  const auto to = history.resolve(range.substr(colon + 1), from);
  std::string script = "BEGIN;\n\n";
  for (auto at = from; at > to; --at) print_step(script, history, at, at - 1, dialect, log);
  if (to == 0) print(script, "DROP TABLE alembic_version");
  return script + "COMMIT;\n\n";
}

}  // namespace plinth::migrate

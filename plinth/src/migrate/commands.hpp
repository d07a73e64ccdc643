// Alembic's commands: data on stdout, the log on stderr.
#pragma once

#include <string>
#include <string_view>

#include "migrate/arguments.hpp"
#include "migrate/history.hpp"
#include "migrate/log.hpp"

namespace plinth::migrate {

struct Context {
  std::string_view url;
  const Environment& environment;
  const History& history;
  Arguments& arguments;
  Log log;

  db::Dialect dialect() const;
  /// For a migration: no limit of a statement's time, and patience where another one works.
  Engine engine() const;
  /// The two lines that Alembic says first where it needs a database or its dialect.
  void announce() const;
};

void print(const std::string& text);

// Each takes its arguments, all of them, before it does anything.

void run_branches(Context& context);
void run_check(Context& context);
void run_current(Context& context);
void run_downgrade(Context& context);
void run_ensure_version(Context& context);
void run_heads(Context& context);
void run_history(Context& context);
void run_lint(Context& context);
void run_merge(Context& context);
void run_revision(Context& context);
void run_show(Context& context);
void run_stamp(Context& context);
void run_upgrade(Context& context);

}  // namespace plinth::migrate

// Commands that move a database.
#include "migrate/commands.hpp"
#include "migrate/offline.hpp"
#include "migrate/online.hpp"
#include "migrate/version_table.hpp"

namespace plinth::migrate {

namespace {

void refuse_range(const std::string& target) {
  if (target.find(':') != std::string::npos) throw CommandError("Range revision not allowed");
}

// Either way: on the database, or as a script.
void move(Context& context,
          std::string (*script)(const History&, std::string_view, db::Dialect, const Log&),
          Task<void> (*online)(Engine&, const History&, std::string, const Log&)) {
  const bool sql = context.arguments.flag("--sql");
  const auto target = context.arguments.word("revision");
  context.arguments.end();
  if (!sql) refuse_range(target);
  context.announce();
  if (sql) {
    print(script(context.history, target, context.dialect(), context.log));
    return;
  }
  auto engine = context.engine();
  plinth::run(online(engine, context.history, target, context.log));
}

}  // namespace

void run_upgrade(Context& context) { move(context, &upgrade_script, &upgrade); }

void run_downgrade(Context& context) { move(context, &downgrade_script, &downgrade); }

void run_stamp(Context& context) {
  const bool sql = context.arguments.flag("--sql");
  const bool purge = context.arguments.flag("--purge");
  const auto targets = context.arguments.words("revisions");
  if (sql && purge) throw CommandError("Can't use --purge with --sql mode");
  context.announce();
  if (sql) {
    print(stamp_script(context.history, targets, context.dialect(), context.log));
    return;
  }
  auto engine = context.engine();
  plinth::run(stamp(engine, context.history, targets, purge, context.log));
}

void run_ensure_version(Context& context) {
  const bool sql = context.arguments.flag("--sql");
  context.arguments.end();
  context.announce();
  if (sql) {
    print(create_version_table(context.dialect()) + ";\n\n");
    return;
  }
  auto engine = context.engine();
  plinth::run(ensure_version(engine, context.log));
}

}  // namespace plinth::migrate

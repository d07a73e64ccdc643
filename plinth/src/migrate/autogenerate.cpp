#include "migrate/autogenerate.hpp"

#include <algorithm>

#include "migrate/lock.hpp"
#include "migrate/online.hpp"
#include "migrate/render_changes.hpp"
#include "migrate/schemas.hpp"

namespace plinth::migrate {

namespace autogenerate {

namespace {

// Not from models that are older or newer than the database: it would be a difference.
void require_heads(const History& history, Engine& engine) {
  auto ids = plinth::run(read_versions(engine));
  places_of(history, ids);
  std::vector<std::string> heads;
  for (Place place : history.real_heads()) heads.emplace_back(history.id(place));
  std::ranges::sort(ids);
  std::ranges::sort(heads);
  if (ids != heads) throw CommandError("Target database is not up to date.");
}

}  // namespace

Comparison compare_with_models(const Context& context) {
  const auto& metadata = context.environment.target_metadata;
  if (metadata.tables.empty()) {
    throw CommandError(
        "Can't proceed with --autogenerate option; the program gives no target_metadata: list its "
        "models in migrations/env.cpp, and give run_command_line .target_metadata");
  }
  context.announce();
  auto engine = context.engine();
  require_heads(context.history, engine);
  const auto schemas = plinth::run(read_schemas(engine, metadata));
  auto found = compare(schemas.live, schemas.wanted, schemas.backfills, context.dialect());
  for (const auto& text : found.detected) context.log.detected(text);
  return found;
}

void fill_in(const Context& context, NewRevision& wanted) {
  const auto found = compare_with_models(context);
  wanted.upgrade = render(found.upgrade, context.dialect());
  wanted.downgrade = render(inverse(found.upgrade), context.dialect());
}

}  // namespace autogenerate

void run_check(Context& context) {
  context.arguments.end();
  const auto found = autogenerate::compare_with_models(context);
  if (!found.upgrade.empty()) {
    throw CommandError("New upgrade operations detected: " + autogenerate::summary(found.upgrade));
  }
  print("No new upgrade operations detected.\n");
}

}  // namespace plinth::migrate

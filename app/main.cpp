#include <stdexcept>

#include "app/app.hpp"
#include "app/cli/users.hpp"
#include "app/core/doctor.hpp"
#include "app/core/logging.hpp"
#include "app/core/serving.hpp"
#include "app/core/tracing.hpp"
#include "migrations/env.hpp"
#include "plinth/cli.hpp"
#include "plinth/readiness.hpp"

namespace {

constexpr plinth::Command commands[] = {
    {"users", &app::cli::users, "look after users      create-admin | list | disable | …"},
};

plinth::Task<void> migrated(plinth::Engine& engine) {
  if (co_await plinth::migrate::is_at_head(engine, app::migrations::revisions())) co_return;
  throw std::runtime_error("the database is not at the last migration");
}

plinth::App create_app() {
  auto settings = app::get_settings();
  auto made = app::create_app(settings);
  made.provide(app::init_logging(settings));
  made.provide(app::init_tracing(settings));
  auto& engine = made.provided<plinth::Engine>();
  made.provided<plinth::Readiness>().add("migrations", [&engine] { return migrated(engine); });
  return made;
}

}  // namespace

int main(int argc, char** argv) {
  return plinth::run_command_line(
      argc, argv,
      {.create_app = &create_app,
       .database_url = [] { return app::get_settings().database_url; },
       .revisions = &app::migrations::revisions,
       .production = [] { return *app::get_settings().env == "production"; },
       .doctor = [] { return app::examine(app::get_settings()); },
       .target_metadata = &app::migrations::target_metadata,
       .settings = [] { return plinth::describe_settings<app::Settings>(app::settings_options()); },
       .keys_file = [] { return app::get_settings().jwt_keys_file.value_or(""); },
       .server_options = [] { return app::make_server_options(app::get_settings()); },
       .workers = [] { return static_cast<int>(*app::get_settings().web_concurrency); },
       .metrics_folder = [] { return app::get_settings().prometheus_multiproc_dir.value_or(""); },
       .init_logging = [] { return app::init_logging(app::get_settings()); },
       .commands = commands});
}

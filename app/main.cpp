#include "app/app.hpp"
#include "app/cli/users.hpp"
#include "app/core/doctor.hpp"
#include "app/core/logging.hpp"
#include "migrations/env.hpp"
#include "plinth/cli.hpp"

namespace {

constexpr plinth::Command commands[] = {
    {"users", &app::cli::users, "look after users      create-admin | list | disable | …"},
};

plinth::App create_app() {
  auto settings = app::get_settings();
  auto made = app::create_app(settings);
  made.provide(app::init_logging(settings));
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
       .keys_file = [] { return app::get_settings().jwt_keys_file.value_or(""); },
       .commands = commands});
}

// The commands of an application's binary: serve, migrate, worker, beat, tasks, keys, openapi,
// routes, doctor, healthcheck, and the application's own. Stands for uvicorn's, alembic's, celery's
// and fastapi's command lines. Example: app/main.cpp
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/app.hpp"
#include "plinth/logging.hpp"
#include "plinth/migrate.hpp"
#include "plinth/server.hpp"
#include "plinth/settings_report.hpp"

namespace plinth {

/// One line of `doctor`; more checks are in plinth/doctor.hpp.
struct Finding {
  enum class Level : std::uint8_t { ok, warning, problem };
  Level level;
  std::string subject;   // "SECRET_KEY"
  std::string text;      // what is so
  std::string fix = {};  // what to do about it
};

/// A command of the application's own, which stands in the list of `app --help` beside the
/// library's. Words, options, passwords: plinth/command_line.hpp.
struct Command {
  std::string_view name;                     // "users"
  int (*run)(std::span<char* const> words);  // those after the name; gives the exit code
  std::string_view does;                     // in a line
};

/// What an application gives its commands. Whatever these throw ends the command with one line, or
/// the report of a SettingsError, and exit code 1.
struct Program {
  App (*create_app)();
  std::string (*database_url)();
  std::span<const Revision> (*revisions)();
  // True where an unmigrated database must not be served; elsewhere it is a warning.
  bool (*production)();
  std::vector<Finding> (*doctor)() = nullptr;         // the application's own checks
  MetaData (*target_metadata)() = nullptr;            // its models, for --autogenerate
  std::vector<ShownSetting> (*settings)() = nullptr;  // what `config` shows: describe_settings
  std::string (*keys_file)() = nullptr;               // what `keys` changes; "" when none is set
  ServerOptions (*server_options)() = nullptr;        // what `serve` begins with; its words win
  int (*workers)() = nullptr;                         // how many processes serve; --workers wins
  // Where the processes of this host keep their metrics; "": each its own in memory, or, of several
  // workers, in a folder that is made for them.
  std::string (*metrics_folder)() = nullptr;
  Logging (*init_logging)() = nullptr;  // of the process that starts the workers
  // Answered also while the database has not been seen since the start; others are 503 then.
  std::vector<std::string_view> always_answered = {"/health", "/ready", "/metrics"};
  std::span<const Command> commands = {};  // must live as long as the process
};

/// Runs argv[1], or says what there is. Returns the exit code: 0, 1 when it failed, 2 for a wrong
/// command line.
int run_command_line(int argc, char** argv, const Program& program);

}  // namespace plinth

#include <array>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "plinth/settings.hpp"

namespace plinth {

namespace {

struct OwnCommand {
  std::string_view name;
  int (*run)(const Program&, std::span<char* const>);
  std::string_view does;
};

constexpr std::array<OwnCommand, 12> commands{{
    {"serve", &cli::serve,
     "serve the API         [--host 127.0.0.1] [--port 8000] [--workers N] …"},
    {"migrate", &cli::migrate, "change the database   upgrade head | downgrade -1 | current | …"},
    {"worker", &cli::worker, "run tasks             [-Q queues] [-c concurrency] [-E] [--once]"},
    {"beat", &cli::beat, "send periodic tasks when they are due"},
    {"tasks", &cli::tasks_command,
     "look after tasks      list | show ID | cancel ID | retry ID | …"},
    {"keys", &cli::keys, "keys of tokens        generate | add | list | use | remove | jwks"},
    {"openapi", &cli::openapi, "print the OpenAPI document"},
    {"routes", &cli::routes, "print the routes      [--json]"},
    {"config", &cli::config, "print the settings in effect, and where each comes from  [--json]"},
    {"log-level", &cli::log_level,
     "change what runs      debug [--for 10m] [--logger plinth.db] | default"},
    {"doctor", &cli::doctor,
     "check settings, secrets, database and host, and say how to fix each  [--json]"},
    {"healthcheck", &cli::healthcheck,
     "ask /health, as HEALTHCHECK needs it   [--url URL] [--timeout 3]"},
}};

void print_line(std::FILE* to, std::string_view name, std::string_view does) {
  std::fprintf(to, "  %-11.*s %.*s\n", static_cast<int>(name.size()), name.data(),
               static_cast<int>(does.size()), does.data());
}

void print_usage(std::FILE* to, const char* name, const Program& program) {
  std::fprintf(to, "usage: %s COMMAND [OPTION]...\n\n", name);
  for (const auto& command : commands) print_line(to, command.name, command.does);
  for (const auto& command : program.commands) print_line(to, command.name, command.does);
}

// Empty: there is no such command. The library's come first.
std::optional<int> run_command(const Program& program, std::string_view asked,
                               std::span<char* const> words) {
  for (const auto& command : commands) {
    if (command.name == asked) return command.run(program, words);
  }
  for (const auto& command : program.commands) {
    if (command.name == asked) return command.run(words);
  }
  return std::nullopt;
}

}  // namespace

int run_command_line(int argc, char** argv, const Program& program) {
  const char* name = argc > 0 ? argv[0] : "app";
  std::string_view asked = argc > 1 ? argv[1] : "";
  if (asked == "--help" || asked == "-h" || asked == "help") {
    print_usage(stdout, name, program);
    return 0;
  }
  try {
    const auto words = argc > 2 ? std::span(argv + 2, static_cast<std::size_t>(argc - 2))
                                : std::span<char* const>();
    if (const auto code = run_command(program, asked, words)) return *code;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "%s %s: %s\n", name, argv[1], error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  if (!asked.empty()) std::fprintf(stderr, "%s: unknown command \"%s\"\n\n", name, argv[1]);
  print_usage(stderr, name, program);
  return 2;
}

}  // namespace plinth

#include "plinth/migrate.hpp"

#include "cli/commands.hpp"

namespace plinth::cli {

int migrate(const Program& program, std::span<char* const> words) {
  std::vector<std::string> arguments(words.begin(), words.end());
  plinth::migrate::Environment environment{.revisions = program.revisions()};
  if (program.target_metadata) environment.target_metadata = program.target_metadata();
  return plinth::migrate::run(program.database_url(), environment, arguments);
}

}  // namespace plinth::cli

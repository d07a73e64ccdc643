#include "plinth/migrate.hpp"

#include "cli/commands.hpp"

namespace plinth::cli {

int migrate(const Program& program, std::span<char* const> words) {
  std::vector<std::string> arguments(words.begin(), words.end());
  return plinth::migrate::run(program.database_url(), program.revisions(), arguments);
}

}  // namespace plinth::cli

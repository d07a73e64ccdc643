// The command line: which command, and what its end means for the exit code.
#include <array>
#include <cstdio>

#include "db/url.hpp"
#include "migrate/commands.hpp"

namespace plinth::migrate {

namespace {

struct Named {
  std::string_view name;
  void (*run)(Context&);
};
constexpr std::array commands{Named{"branches", &run_branches},
                              Named{"check", &run_check},
                              Named{"current", &run_current},
                              Named{"downgrade", &run_downgrade},
                              Named{"ensure_version", &run_ensure_version},
                              Named{"heads", &run_heads},
                              Named{"history", &run_history},
                              Named{"lint", &run_lint},
                              Named{"merge", &run_merge},
                              Named{"revision", &run_revision},
                              Named{"show", &run_show},
                              Named{"stamp", &run_stamp},
                              Named{"upgrade", &run_upgrade}};

void dispatch(std::string_view url, const Environment& environment, Arguments& arguments) {
  const Log log(arguments.flag("--quiet", "-q"));
  const auto name = arguments.word("command");
  for (const auto& command : commands) {
    if (command.name != name) continue;
    const History history(environment.revisions);
    Context context{.url = url,
                    .environment = environment,
                    .history = history,
                    .arguments = arguments,
                    .log = log};
    command.run(context);
    return;
  }
  std::string known;
  for (const auto& command : commands)
    known += (known.empty() ? "" : ", ") + std::string(command.name);
  throw UsageError("unknown command '" + name + "' (choose from " + known + ")");
}

}  // namespace

db::Dialect Context::dialect() const { return db::parse_url(url).dialect; }

Engine Context::engine() const {
  return Engine(url, {.statement_timeout = Seconds{0},
                      .busy_timeout = Seconds{600},
                      .idle_in_transaction_timeout = Seconds{0}});
}

void Context::announce() const {
  log.info(dialect() == db::Dialect::sqlite ? "Context impl SQLiteImpl."
                                            : "Context impl PostgresqlImpl.");
  log.info("Will assume transactional DDL.");
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

int run(std::string_view url, const Environment& environment, std::span<const std::string> words) {
  try {
    Arguments arguments(words);
    dispatch(url, environment, arguments);
    return 0;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "migrate: error: %s\n", error.what());
    return 2;
  } catch (const CommandError& error) {
    print("FAILED: " + std::string(error.what()) + "\n");
    Log(false).error(error.what());
    return 255;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "migrate: %s\n", error.what());
    return 1;
  }
}

}  // namespace plinth::migrate

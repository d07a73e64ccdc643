// The command line, as Alembic's: data on stdout, the log on stderr.
#include <algorithm>
#include <array>
#include <cstdio>

#include "db/url.hpp"
#include "migrate/new_revision.hpp"
#include "migrate/offline.hpp"
#include "migrate/online.hpp"

namespace plinth::migrate {

namespace {

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Words and options, taken one by one; what is left over is an error.
class Arguments {
 public:
  explicit Arguments(std::span<const std::string> words) : words_(words.begin(), words.end()) {}

  bool flag(std::string_view name, std::string_view shorter = {}) {
    const auto found = find(name, shorter);
    if (found == words_.end()) return false;
    words_.erase(found);
    return true;
  }
  std::string option(std::string_view name, std::string_view shorter = {}) {
    const auto found = find(name, shorter);
    if (found == words_.end()) return {};
    if (std::next(found) == words_.end()) {
      throw UsageError("argument " + std::string(name) + ": expected one argument");
    }
    auto value = *std::next(found);
    words_.erase(found, found + 2);
    return value;
  }
  std::string word(const char* what) {
    if (words_.empty()) {
      throw UsageError("the following arguments are required: " + std::string(what));
    }
    auto value = words_.front();
    words_.erase(words_.begin());
    return value;
  }
  void end() const {
    if (words_.empty()) return;
    throw UsageError("unrecognized arguments: " + words_.front());
  }

 private:
  std::vector<std::string>::iterator find(std::string_view name, std::string_view shorter) {
    return std::find_if(words_.begin(), words_.end(), [&](const std::string& word) {
      return word == name || (!shorter.empty() && word == shorter);
    });
  }
  std::vector<std::string> words_;
};

struct Context {
  std::string_view url;
  const Environment& environment;
  const History& history;
  Arguments& arguments;
  Log log;

  db::Dialect dialect() const { return db::parse_url(url).dialect; }
  void announce() const {
    log.info(dialect() == db::Dialect::sqlite ? "Context impl SQLiteImpl."
                                              : "Context impl PostgresqlImpl.");
    log.info("Will assume transactional DDL.");
  }
};

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

std::string shown(const History& history, std::size_t place) {
  return std::string(history.id_at(place)) + (place == history.size() ? " (head)" : "");
}

void run_upgrade(Context& context) {
  const bool sql = context.arguments.flag("--sql");
  const auto target = context.arguments.word("revision");
  context.arguments.end();
  context.announce();
  if (sql) {
    print(upgrade_script(context.history, target, context.dialect(), context.log));
    return;
  }
  Engine engine(context.url, {.statement_timeout = Seconds{0}});
  plinth::run(upgrade(engine, context.history, target, context.log));
}

void run_downgrade(Context& context) {
  const bool sql = context.arguments.flag("--sql");
  const auto target = context.arguments.word("revision");
  context.arguments.end();
  context.announce();
  if (sql) {
    print(downgrade_script(context.history, target, context.dialect(), context.log));
    return;
  }
  Engine engine(context.url, {.statement_timeout = Seconds{0}});
  plinth::run(downgrade(engine, context.history, target, context.log));
}

std::size_t known_place(const History& history, const std::string& id) {
  if (id.empty()) return 0;
  if (auto place = history.find(id)) return *place;
  throw CommandError("Can't locate revision identified by '" + id + "'");
}

void run_current(Context& context) {
  context.arguments.end();
  context.announce();
  Engine engine(context.url, {.statement_timeout = Seconds{0}});
  const auto place = known_place(context.history, plinth::run(read_version(engine)));
  if (place > 0) print(shown(context.history, place) + "\n");
}

void run_heads(Context& context) {
  context.arguments.end();
  if (context.history.size() > 0) print(shown(context.history, context.history.size()) + "\n");
}

void run_history(Context& context) {
  const bool indicate = context.arguments.flag("--indicate-current", "-i");
  context.arguments.end();
  std::size_t current = 0;
  if (indicate) {
    Engine engine(context.url, {.statement_timeout = Seconds{0}});
    current = known_place(context.history, plinth::run(read_version(engine)));
  }
  for (auto place = context.history.size(); place > 0; --place) {
    const auto& revision = context.history.step(place - 1);
    const auto from = place == 1 ? "<base>" : std::string(revision.down_revision);
    print(from + " -> " + shown(context.history, place) +
          (indicate && place == current ? " (current)" : "") + ", " +
          std::string(revision.message) + "\n");
  }
}

void run_show(Context& context) {
  const auto place = context.history.resolve(context.arguments.word("revision"), 0);
  context.arguments.end();
  if (place == 0) return;
  const auto& revision = context.history.step(place - 1);
  const std::string parent(revision.down_revision);
  print("Rev: " + shown(context.history, place) + "\nParent: " +
        (parent.empty() ? "<base>" : parent) + "\n\n    " + std::string(revision.message) +
        "\n\n    Revision ID: " + std::string(revision.revision) + "\n    Revises: " + parent +
        "\n    Create Date: " + std::string(revision.create_date) + "\n\n");
}

void run_stamp(Context& context) {
  const bool purge = context.arguments.flag("--purge");
  const auto target = context.arguments.word("revisions");
  context.arguments.end();
  context.announce();
  Engine engine(context.url, {.statement_timeout = Seconds{0}});
  plinth::run(stamp(engine, context.history, target, purge, context.log));
}

void run_revision(Context& context) {
  NewRevision wanted;
  wanted.message = context.arguments.option("--message", "-m");
  wanted.id = context.arguments.option("--rev-id");
  context.arguments.end();
  print("Generating " + write_revision(context.history, std::move(wanted)) + " ...  done\n");
}

struct Named {
  std::string_view name;
  void (*run)(Context&);
};
constexpr std::array commands{Named{"current", &run_current},   Named{"downgrade", &run_downgrade},
                              Named{"heads", &run_heads},       Named{"history", &run_history},
                              Named{"revision", &run_revision}, Named{"show", &run_show},
                              Named{"stamp", &run_stamp},       Named{"upgrade", &run_upgrade}};

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

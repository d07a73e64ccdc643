#include "migrate/offline.hpp"

#include "migrate/plan.hpp"
#include "migrate/sql.hpp"
#include "migrate/stamp.hpp"
#include "migrate/targets.hpp"
#include "migrate/version_table.hpp"

namespace plinth::migrate {

namespace {

// Alembic prints four spaces for a tab.
void print(std::string& script, const std::string& sql) {
  for (char c : sql) {
    if (c == '\t') {
      script += "    ";
    } else {
      script += c;
    }
  }
  script += ";\n\n";
}

struct Range {
  std::string_view from;
  std::string_view to;
};

Range parse_range(std::string_view words) {
  const auto colon = words.find(':');
  if (colon == std::string_view::npos) return {{}, words};
  return {words.substr(0, colon), words.substr(colon + 1)};
}

// What each step is: its statements, and outside of the transaction where it must be.
class Script {
 public:
  Script(const History& history, db::Dialect dialect, std::vector<Place> rows, const Log& log)
      : history_(history), dialect_(dialect), rows_(std::move(rows)), log_(log) {}

  std::string run(const std::vector<Place>& path, Direction direction) && {
    text_ = "BEGIN;\n\n";
    for (const auto& planned : make_plan(history_, path, direction, dialect_)) take(planned);
    return std::move(*this).end();
  }
  std::string stamp(const std::vector<std::string>& targets) && {
    text_ = "BEGIN;\n\n";
    for (const auto& step : stamp_steps(history_, targets, rows_)) {
      announce("Running " + step.title, "Running " + step.title);
      for (const auto& sql : stamp_versions(history_, step, dialect_)) print(text_, sql);
      follow(step, rows_);
    }
    return std::move(*this).end();
  }

 private:
  void announce(const std::string& title, const std::string& logged) {
    if (rows_.empty()) print(text_, create_version_table(dialect_));
    log_.info(logged);
    text_ += "-- " + title + "\n\n";
    any_ = true;
  }

  void take(const Planned& planned) {
    announce(step_title(history_, planned.place, planned.direction),
             running(history_, planned.place, planned.direction));
    if (!planned.transactional) text_ += "COMMIT;\n\n";
    for (const auto& step : planned.recorded.steps) {
      for (const auto& sql : step_sql(step, dialect_)) print(text_, sql);
    }
    if (!planned.transactional) text_ += "BEGIN;\n\n";
    const auto versions = planned.direction == Direction::up
                              ? apply_versions(history_, planned.place, rows_, dialect_)
                              : undo_versions(history_, planned.place, rows_, dialect_);
    for (const auto& sql : versions) print(text_, sql);
  }

  std::string end() && {
    if (any_ && rows_.empty()) print(text_, "DROP TABLE alembic_version");
    return std::move(text_) + "COMMIT;\n\n";
  }

  const History& history_;
  const db::Dialect dialect_;
  std::vector<Place> rows_;
  const Log& log_;
  std::string text_;
  bool any_ = false;
};

}  // namespace

std::string upgrade_script(const History& history, std::string_view words, db::Dialect dialect,
                           const Log& log) {
  const auto range = parse_range(words);
  auto from = range.from.empty() ? std::vector<Place>() : resolve(history, range.from);
  const auto path = upgrade_path(history, range.to, from);
  return Script(history, dialect, std::move(from), log).run(path, Direction::up);
}

std::string downgrade_script(const History& history, std::string_view words, db::Dialect dialect,
                             const Log& log) {
  const auto range = parse_range(words);
  if (words.find(':') == std::string_view::npos) {
    throw CommandError("downgrade with --sql requires <fromrev>:<torev>");
  }
  auto from = resolve(history, range.from);
  const auto path = downgrade_path(history, range.to, from);
  return Script(history, dialect, std::move(from), log).run(path, Direction::down);
}

std::string stamp_script(const History& history, const std::vector<std::string>& words,
                         db::Dialect dialect, const Log& log) {
  std::optional<std::string_view> start;
  std::vector<std::string> targets;
  for (const auto& word : words) {
    const auto range = parse_range(word);
    if (!range.from.empty()) {
      if (start && *start != range.from) {
        throw CommandError(
            "Stamp operation with --sql only supports a single starting revision at a time");
      }
      start = range.from;
    }
    targets.emplace_back(range.to);
  }
  auto from = start ? resolve(history, *start) : std::vector<Place>();
  return Script(history, dialect, std::move(from), log).stamp(targets);
}

}  // namespace plinth::migrate

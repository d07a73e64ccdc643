#include "migrate/online.hpp"

#include <algorithm>

#include "migrate/execute.hpp"
#include "migrate/ledger.hpp"
#include "migrate/lint.hpp"
#include "migrate/lock.hpp"
#include "migrate/plan.hpp"
#include "migrate/sql.hpp"
#include "migrate/stamp.hpp"
#include "migrate/statements.hpp"
#include "migrate/targets.hpp"
#include "migrate/version_table.hpp"

namespace plinth::migrate {

namespace {

using db::Work;

Places applied_of(const History& history, const std::vector<Place>& rows) {
  return history.ancestors(Places(rows.begin(), rows.end()), Via::dependencies);
}

// Versions move with the step, in its transaction.
Task<void> write_versions(db::Connection& connection, std::vector<std::string> statements) {
  auto work = std::make_shared<Work>();
  for (auto& sql : statements) {
    work->commands.push_back(statement(std::move(sql)));
    work->commands.back().expects_one = true;
  }
  if (!work->commands.empty()) co_await connection.run(work);
}

// Another process may have come first: then there is nothing to do. Or gone elsewhere.
bool is_done(const History& history, const Planned& planned, const Places& applied) {
  const bool up = planned.direction == Direction::up;
  if (applied.contains(planned.place) == up) return true;
  const auto& node = history.node(planned.place);
  for (Place neighbour : up ? node.all_down : node.all_next) {
    if (applied.contains(neighbour) == up) continue;
    throw CommandError("The database was changed by another migration meanwhile: " +
                       std::string(history.id(neighbour)) +
                       (up ? " is no longer applied" : " was applied") +
                       "; look at it with current, and run this again");
  }
  return false;
}

// What the database refused, with the revision that asked for it.
std::exception_ptr failed(const History& history, const Planned& planned,
                          const std::exception& error) {
  const auto& revision = history.revision(planned.place);
  const auto name =
      "Revision " + std::string(revision.revision) + " (" + std::string(revision.message) + ")";
  if (planned.transactional) {
    return std::make_exception_ptr(DatabaseError(name + " was undone as a whole: " + error.what()));
  }
  return std::make_exception_ptr(DatabaseError(
      name + " is not transactional and stopped half done: " + error.what() +
      "; what it did before stays done. Mend the cause and run the same command again: indexes "
      "and enum values that are there already are passed over; what else was done must be undone "
      "by hand first"));
}

Task<void> take_step(Engine& engine, const History& history, const Planned& planned,
                     const Log& log) {
  const bool anew = engine.dialect() == db::Dialect::sqlite && needs_new_table(planned.recorded);
  auto locked = co_await lock(engine, log, !anew);
  auto rows = places_of(history, locked.ids);
  const auto applied = applied_of(history, rows);
  auto ledger = co_await read_ledger(*locked.connection, engine.dialect());
  const bool up = planned.direction == Direction::up;
  if (up) check_unedited(history, applied, ledger, engine.dialect());
  if (is_done(history, planned, applied)) {
    co_await roll_back(locked);
    co_return;
  }
  log.info(running(history, planned.place, planned.direction));
  std::exception_ptr failure;
  try {
    if (planned.transactional) {
      co_await run_in_transaction(*locked.connection, planned.recorded, engine.dialect());
    } else {
      co_await let_go_of_snapshot(locked);
      co_await run_alone(engine, planned.recorded, log);
    }
    co_await write_versions(*locked.connection,
                            up ? apply_versions(history, planned.place, rows, engine.dialect())
                               : undo_versions(history, planned.place, rows, engine.dialect()));
    const auto id = history.id(planned.place);
    if (up) {
      enter(ledger, id, checksum_of(planned.recorded, engine.dialect()));
    } else {
      strike(ledger, id);
    }
    co_await run_all(*locked.connection, write_ledger(ledger, engine.dialect()));
    co_await commit(locked);
  } catch (const std::exception& error) {
    failure = failed(history, planned, error);
  }
  if (failure) std::rethrow_exception(std::move(failure));
}

Task<void> walk(Engine& engine, const History& history, std::vector<Place> path,
                Direction direction, const Log& log) {
  const auto plan = make_plan(history, path, direction, engine.dialect());
  if (direction == Direction::up && engine.dialect() == db::Dialect::postgresql) {
    for (const auto& finding : lint(history, path)) {
      log.warning("Revision " + finding.revision + ": " + finding.text);
    }
  }
  for (const auto& planned : plan) {
    if (planned.transactional) continue;
    log.warning("Revision " + std::string(history.id(planned.place)) +
                " is not transactional: if it is interrupted, what it has done stays done; then "
                "run the same command again");
  }
  for (const auto& planned : plan) co_await take_step(engine, history, planned, log);
}

// Also where there is nothing to do: what was applied must be what is here.
Task<void> check_applied(Engine& engine, const History& history, const Log& log) {
  auto locked = co_await lock(engine, log);
  const auto applied = applied_of(history, places_of(history, locked.ids));
  const auto ledger = co_await read_ledger(*locked.connection, engine.dialect());
  check_unedited(history, applied, ledger, engine.dialect());
  co_await commit(locked);
}

}  // namespace

std::vector<Place> places_of(const History& history, const std::vector<std::string>& ids) {
  std::vector<Place> places;
  for (const auto& id : ids) {
    const auto place = history.find(id);
    if (!place) {
      throw CommandError("Can't locate revision identified by '" + id +
                         "', which the database is at: this program is older than the database, "
                         "or the revision's file is missing; use the program that has it, or, if "
                         "you know where the database is, stamp --purge <revision>");
    }
    places.push_back(*place);
  }
  std::sort(places.begin(), places.end());
  return places;
}

Task<void> upgrade(Engine& engine, const History& history, std::string target, const Log& log) {
  const auto current = places_of(history, co_await read_versions(engine));
  auto path = upgrade_path(history, target, current);
  if (path.empty()) {
    co_await check_applied(engine, history, log);
  } else {
    co_await walk(engine, history, std::move(path), Direction::up, log);
  }
}

Task<void> downgrade(Engine& engine, const History& history, std::string target, const Log& log) {
  const auto current = places_of(history, co_await read_versions(engine));
  co_await walk(engine, history, downgrade_path(history, target, current), Direction::down, log);
}

Task<void> stamp(Engine& engine, const History& history, std::vector<std::string> targets,
                 bool purge, const Log& log) {
  auto locked = co_await lock(engine, log);
  auto rows = purge ? std::vector<Place>() : places_of(history, locked.ids);
  if (purge) co_await run_all(*locked.connection, {"DELETE FROM alembic_version"});
  for (const auto& step : stamp_steps(history, targets, rows)) {
    log.info("Running " + step.title);
    co_await write_versions(*locked.connection, stamp_versions(history, step, engine.dialect()));
    follow(step, rows);
  }
  Ledger ledger;
  for (Place place : applied_of(history, rows)) {
    const auto& revision = history.revision(place);
    if (!revision.upgrade) continue;
    Operations operations(engine.dialect());
    revision.upgrade(operations);
    enter(ledger, revision.revision, checksum_of(operations.recorded(), engine.dialect()));
  }
  co_await run_all(*locked.connection, write_ledger(ledger, engine.dialect()));
  co_await commit(locked);
}

Task<void> ensure_version(Engine& engine, const Log& log) {
  auto locked = co_await lock(engine, log);
  co_await commit(locked);
}

namespace {

// Whether a later program has gone on from where this one's revisions end: then its ledger has
// them.
Task<bool> has_gone_on(Engine& engine, const History& history) {
  const auto ledger = co_await read_ledger(engine.driver());
  for (const Place head : history.real_heads()) {
    const auto has_head = [&](const LedgerEntry& entry) {
      return entry.revision == history.id(head);
    };
    if (std::none_of(ledger.begin(), ledger.end(), has_head)) co_return false;
  }
  co_return true;
}

}  // namespace

Task<bool> is_at_head(Engine& engine, std::span<const Revision> revisions) {
  const History history(revisions);
  std::vector<Place> rows;
  for (const auto& id : co_await read_versions(engine)) {
    const auto place = history.find(id);
    if (!place) co_return co_await has_gone_on(engine, history);
    rows.push_back(*place);
  }
  co_return applied_of(history, rows).size() == history.size();
}

}  // namespace plinth::migrate

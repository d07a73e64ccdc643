#include "migrate/plan.hpp"

#include <algorithm>

#include "migrate/sql.hpp"
#include "migrate/tokens.hpp"

namespace plinth::migrate {

using db::Dialect;

namespace {

using Tokens = std::vector<SqlToken>;

Recorded record(const History& history, Place place, Direction direction, Dialect dialect) {
  const auto& revision = history.revision(place);
  auto* const function = direction == Direction::up ? revision.upgrade : revision.downgrade;
  if (!function) {
    throw CommandError("Revision " + std::string(revision.revision) + " has no " +
                       (direction == Direction::up ? "upgrade" : "downgrade") +
                       " function; nothing was run");
  }
  Operations operations(dialect);
  function(operations);
  return operations.recorded();
}

// What PostgreSQL refuses inside of a transaction: "PreventInTransactionBlock" in its source.
const char* alone_in_postgresql(const Tokens& tokens) {
  if (starts_with(tokens, {"VACUUM"})) return "VACUUM";
  if (starts_with(tokens, {"CREATE", "DATABASE"})) return "CREATE DATABASE";
  if (starts_with(tokens, {"DROP", "DATABASE"})) return "DROP DATABASE";
  if (starts_with(tokens, {"CREATE", "TABLESPACE"})) return "CREATE TABLESPACE";
  if (starts_with(tokens, {"DROP", "TABLESPACE"})) return "DROP TABLESPACE";
  if (starts_with(tokens, {"ALTER", "SYSTEM"})) return "ALTER SYSTEM";
  if (starts_with(tokens, {"CREATE", "SUBSCRIPTION"})) return "CREATE SUBSCRIPTION";
  const bool concurrently = has_words(tokens, {"CONCURRENTLY"});
  if (concurrently && has_words(tokens, {"CREATE"})) return "CREATE INDEX CONCURRENTLY";
  if (concurrently && starts_with(tokens, {"DROP", "INDEX"})) return "DROP INDEX CONCURRENTLY";
  if (concurrently && starts_with(tokens, {"REINDEX"})) return "REINDEX CONCURRENTLY";
  if (concurrently && has_words(tokens, {"DETACH", "PARTITION"})) return "DETACH CONCURRENTLY";
  return nullptr;
}

const char* alone_in_sqlite(const Tokens& tokens) {
  return starts_with(tokens, {"VACUUM"}) ? "VACUUM" : nullptr;
}

bool ends_transaction(const Tokens& tokens) {
  for (const char* word :
       {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"}) {
    if (starts_with(tokens, {word})) return true;
  }
  return starts_with(tokens, {"PREPARE", "TRANSACTION"});
}

// Several statements: the ';' of the last may stand at its end.
bool is_several(const Tokens& tokens) {
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    if (tokens[at].is(';')) return true;
  }
  return false;
}

[[noreturn]] void refuse(const std::string& revision, const std::string& why) {
  throw CommandError("Revision " + revision + ": " + why + "; nothing was run");
}

// A value that was added cannot be used before the transaction that added it has ended.
std::string used_too_early(const std::vector<std::string>& added, const std::string& sql) {
  for (const auto& token : tokens_of(sql)) {
    if (token.kind != SqlToken::Kind::text) continue;
    if (std::find(added.begin(), added.end(), token.value) != added.end()) return token.value;
  }
  return {};
}

void check_statement(const std::string& id, const Step& step, const std::string& sql,
                     Dialect dialect, bool transactional) {
  const auto tokens = tokens_of(sql);
  if (std::holds_alternative<Execute>(step)) {
    if (tokens.empty()) refuse(id, "execute() was given no SQL");
    if (ends_transaction(tokens)) {
      refuse(id, "execute(\"" + sql +
                     "\") would end or begin a transaction behind the back of "
                     "the migration; for statements outside of one say .transactional = false");
    }
    const bool function_body = has_words(tokens, {"BEGIN"}) || has_words(tokens, {"TRIGGER"});
    if (is_several(tokens) && !function_body) {
      refuse(id, "execute() takes one statement; call it for each: " + sql.substr(0, 100));
    }
  }
  if (!transactional) return;
  const bool sqlite = dialect == Dialect::sqlite;
  if (const char* what = sqlite ? alone_in_sqlite(tokens) : alone_in_postgresql(tokens)) {
    refuse(id, std::string(what) + " cannot run inside of a transaction; " +
                   (sqlite ? "run it by hand, when nothing else writes"
                           : "put it into a revision of its own with .transactional = false"));
  }
}

void check(const History& history, const Planned& planned, Dialect dialect) {
  const std::string id(history.id(planned.place));
  std::vector<std::string> added;
  for (const auto& step : planned.recorded.steps) {
    const auto* batch = std::get_if<Batch>(&step);
    if (batch && dialect == Dialect::sqlite && needs_new_table(*batch)) continue;
    for (const auto& sql : step_sql(step, dialect)) {
      check_statement(id, step, sql, dialect, planned.transactional);
      const auto early = planned.transactional ? used_too_early(added, sql) : std::string();
      if (early.empty() || std::holds_alternative<AddEnumValue>(step)) continue;
      refuse(id, "the enum value '" + early +
                     "' is used in the transaction that adds it, which "
                     "PostgreSQL refuses; use it in the next revision");
    }
    const auto* value = std::get_if<AddEnumValue>(&step);
    if (value && dialect == Dialect::postgresql) added.push_back(value->value);
  }
}

constexpr std::string_view checksum_format = "1-";

std::uint64_t fnv1a(std::uint64_t hash, std::string_view text) {
  for (char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

// A batch that SQLite makes by looking at the table is told apart by what PostgreSQL would do.
std::vector<std::string> describe(const Step& step, Dialect dialect) {
  const auto* batch = std::get_if<Batch>(&step);
  if (batch && needs_new_table(*batch)) return step_sql(step, Dialect::postgresql);
  return step_sql(step, dialect);
}

}  // namespace

std::vector<Planned> make_plan(const History& history, const std::vector<Place>& path,
                               Direction direction, Dialect dialect) {
  std::vector<Planned> plan;
  for (Place place : path) {
    plan.push_back(
        {.place = place,
         .direction = direction,
         .recorded = record(history, place, direction, dialect),
         .transactional = dialect == Dialect::sqlite || history.revision(place).transactional});
    check(history, plan.back(), dialect);
  }
  return plan;
}

std::string step_title(const History& history, Place place, Direction direction) {
  const auto below = listed(history, history.node(place).down);
  const std::string id(history.id(place));
  return direction == Direction::up ? "Running upgrade " + below + " -> " + id
                                    : "Running downgrade " + id + " -> " + below;
}

std::string running(const History& history, Place place, Direction direction) {
  const auto message = history.revision(place).message;
  return step_title(history, place, direction) +
         (message.empty() ? std::string() : ", " + std::string(message));
}

std::string checksum_of(const Recorded& recorded, Dialect dialect) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const auto& step : recorded.steps) {
    for (const auto& sql : describe(step, dialect)) {
      hash = fnv1a(hash, sql);
      hash = fnv1a(hash, ";");
    }
  }
  std::string text(checksum_format);
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(hash >> shift) & 15];
  return text;
}

}  // namespace plinth::migrate

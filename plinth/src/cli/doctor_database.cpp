// The database, as `doctor` sees it.
#include <algorithm>
#include <charconv>
#include <exception>
#include <string>
#include <thread>
#include <variant>

#include "base/clock.hpp"
#include "cli/doctor_checks.hpp"
#include "db/url.hpp"
#include "plinth/doctor.hpp"
#include "plinth/session.hpp"

namespace plinth::cli {

namespace {

constexpr auto database_subject = "DATABASE_URL";
constexpr int oldest_supported_postgresql = 14;        // of those that get security updates in 2026
constexpr std::int64_t connections_of_a_loop = 4 + 2;  // EngineOptions::pool_size, and the shared

EngineOptions impatient() {
  EngineOptions options;
  options.pool_timeout = Seconds{5};
  options.statement_timeout = Seconds{5};
  options.busy_timeout = Seconds{5};
  return options;
}

std::string text_of(const db::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return {};
}

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// One row, as texts.
Task<std::vector<std::string>> ask(Engine& engine, std::string sql) {
  auto session = engine.session();
  const auto result = co_await session.execute(text(sql));
  std::vector<std::string> row;
  if (result.rows.empty()) co_return row;
  for (const auto& value : result.rows.front()) row.push_back(text_of(value));
  co_return row;
}

// Of this host, when all its connections are in use at once.
std::int64_t connections_wanted(const Program& program) {
  const auto options = program.server_options ? program.server_options() : ServerOptions();
  const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  const std::int64_t workers = program.workers ? program.workers() : 1;
  const auto loops = options.threads > 0 ? workers * options.threads : std::max(workers, cores);
  return loops * connections_of_a_loop;
}

void examine_postgresql(const Program& program, Engine& engine, Findings& findings) {
  const auto before = base::clock_microseconds();
  const auto row =
      run(ask(engine,
              "SELECT current_setting('server_version'), current_setting('server_version_num'), "
              "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint), "
              "current_setting('max_connections'), CAST(pg_is_in_recovery() AS text)"));
  const auto after = base::clock_microseconds();
  const auto major = number_of(row.at(1)) / 10'000;
  const std::string version = "PostgreSQL " + row[0];
  if (major < oldest_supported_postgresql) {
    findings.push_back(
        {Finding::Level::warning, database_subject, version + " gets no security updates any more",
         "upgrade to PostgreSQL " + std::to_string(oldest_supported_postgresql) + " or newer"});
  } else {
    findings.push_back({Finding::Level::ok, database_subject, "is " + version});
  }
  if (row[4] == "true") {
    findings.push_back({Finding::Level::problem, database_subject,
                        "is a replica, which cannot be written", "name the primary server"});
  }
  const auto wanted = connections_wanted(program);
  const auto most = number_of(row[3]);
  const auto words = "up to " + std::to_string(wanted) +
                     " connections of this host; the server takes " + std::to_string(most) +
                     " of all";
  if (wanted > most) {
    findings.push_back({Finding::Level::warning, "max_connections", words,
                        "raise max_connections of PostgreSQL, or put pgbouncer in front"});
  } else {
    findings.push_back({Finding::Level::ok, "max_connections", words});
  }
  findings.push_back(examine_clock(database_subject, before, number_of(row[2]), after));
}

void examine_sqlite(Engine& engine, const std::string& path, Findings& findings) {
  const auto row = run(ask(engine, "SELECT sqlite_version()"));
  findings.push_back({Finding::Level::ok, database_subject, "is SQLite " + row.at(0)});
  if (path == ":memory:") {
    findings.push_back({Finding::Level::warning, database_subject,
                        "is in memory: all is gone when the process ends",
                        "name a file: DATABASE_URL=sqlite:///app.db"});
    return;
  }
  for (auto& finding : check_private_file(database_subject, path)) {
    findings.push_back(std::move(finding));
  }
  findings.push_back(examine_disk(database_subject, path));
}

void examine_migrations(const Program& program, Engine& engine, Findings& findings) {
  if (run(migrate::is_at_head(engine, program.revisions()))) {
    findings.push_back({Finding::Level::ok, "migrations", "the database is at the last one"});
  } else {
    findings.push_back({Finding::Level::problem, "migrations",
                        "the database is not at the last one", "run: app migrate upgrade head"});
  }
}

}  // namespace

Findings examine_database(const Program& program, const std::string& url) {
  Findings findings;
  try {
    auto engine = Engine(url, impatient());
    run(engine.ping());
    findings.push_back({Finding::Level::ok, database_subject, engine.url() + " answers"});
    if (engine.dialect() == db::Dialect::postgresql) {
      examine_postgresql(program, engine, findings);
    } else {
      examine_sqlite(engine, db::parse_url(url).path, findings);
    }
    examine_migrations(program, engine, findings);
  } catch (const std::exception& error) {
    findings.push_back({Finding::Level::problem, database_subject, error.what(),
                        "correct it in .env: DATABASE_URL=sqlite:///app.db"});
  }
  return findings;
}

}  // namespace plinth::cli

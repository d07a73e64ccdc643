#include "support/database.hpp"

#include <libpq-fe.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>

namespace support {

namespace {

enum class Where : unsigned char { sqlite, postgresql, pgbouncer };

Where where() {
  const char* named = std::getenv("PLINTH_TEST_ENGINE");
  const std::string engine = named ? named : "sqlite";
  if (engine == "sqlite") return Where::sqlite;
  if (engine == "postgresql") return Where::postgresql;
  if (engine == "pgbouncer") return Where::pgbouncer;
  throw std::runtime_error("PLINTH_TEST_ENGINE=" + engine +
                           ": unknown; use sqlite, postgresql or pgbouncer");
}

// A run without its server fails; a test that was left out would look like one that passed.
std::string server(const char* variable) {
  const char* url = std::getenv(variable);
  if (url && *url) return url;
  throw std::runtime_error(std::string(variable) +
                           " is not set, so there is no server for this test; use scripts/test "
                           "(scripts/test --fast -- -R plinth.db), which starts one");
}

std::string random_name() {
  static constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device device;
  std::string name = "plinth_test_";
  for (int i = 0; i < 12; ++i) name += digits[device() % 36];
  return name;
}

}  // namespace

bool on_postgresql() { return where() != Where::sqlite; }
bool on_pgbouncer() { return where() == Where::pgbouncer; }

TestDatabase::TestDatabase(Place place) {
  if (on_postgresql()) {
    name_ = random_name();
    const auto postgresql = server("PLINTH_TEST_POSTGRESQL");
    query_postgresql(postgresql, "CREATE DATABASE " + name_);
    url_ = direct_url_ = with_database(postgresql, name_);
    if (on_pgbouncer()) {
      url_ = with_database(server("PLINTH_TEST_PGBOUNCER"), name_) + "?pgbouncer=true";
    }
  } else if (place == Place::memory) {
    url_ = "sqlite:///:memory:";
  } else {
    folder_ = (std::filesystem::temp_directory_path() / "plinth-XXXXXX").string();
    if (!::mkdtemp(folder_.data())) throw std::runtime_error("cannot make " + folder_);
    url_ = "sqlite:///" + folder_ + "/app.db";
  }
}

// Connections that are still open are closed: no test may keep another from ending.
TestDatabase::~TestDatabase() {
  if (!name_.empty()) {
    try {
      query_postgresql(server("PLINTH_TEST_POSTGRESQL"), "DROP DATABASE " + name_ + " (FORCE)");
    } catch (const std::exception&) {  // the server has gone, and the database with it
    }
  }
  if (!folder_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
}

Rows query_postgresql(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()),
                                                              &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  Rows rows;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    auto& values = rows.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      values.emplace_back(PQgetvalue(result.get(), row, column));
    }
  }
  return rows;
}

std::vector<std::string> schema_of_postgresql(const std::string& url) {
  const auto rows = query_postgresql(url, R"(
SELECT line FROM (
  SELECT c.relname AS of, 1 AS kind, a.attnum AS number,
         c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ||
         CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END ||
         coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT c.relname, 2, 0, c.relname || ': ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE k.connamespace = 'public'::regnamespace
  UNION ALL
  SELECT c.relname, 3, 0, c.relname || ': ' || pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  WHERE c.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
  UNION ALL
  SELECT t.typname, 0, e.enumsortorder::int, 'enum ' || t.typname || ': ' || e.enumlabel
  FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
) AS lines ORDER BY of, kind, number, line)");
  std::vector<std::string> lines;
  for (const auto& row : rows) lines.push_back(row.at(0));
  return lines;
}

void wait_until_alone(const std::string& url) {
  for (int tries = 0; tries < 3000; ++tries) {
    const auto others = query_postgresql(
        url,
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        "pg_backend_pid() AND backend_type = 'client backend'");
    if (others.empty()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("another connection to the test's database does not end");
}

std::string with_database(const std::string& url, const std::string& database) {
  const auto authority = url.find("://") + 3;
  const auto path = std::min(url.find('/', authority), url.size());
  const auto query = std::min(url.find('?', authority), url.size());
  return url.substr(0, path) + "/" + database + url.substr(query);
}

}  // namespace support

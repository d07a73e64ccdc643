// Rows of any bytes: what a database, or what stands between it and us, may hold in a column. Each
// is read as each kind of value, or refused with DatabaseError; what was read can be written.
#include <libpq-fe.h>
#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/postgresql_parameters.hpp"
#include "db/postgresql_types.hpp"
#include "db/postgresql_values.hpp"
#include "db/sqlite_values.hpp"
#include "expect.hpp"
#include "json/utf8.hpp"
#include "plinth/model.hpp"
#include "plinth/session.hpp"

using namespace plinth;
using fuzz::expect;

namespace {

enum class Color { red, green };

const std::array<const detail::Type*, 16> types = {
    nullptr,
    &detail::type_of<bool>(),
    &detail::type_of<std::int16_t>(),
    &detail::type_of<std::int64_t>(),
    &detail::type_of<double>(),
    &detail::type_of<std::string>(),
    &detail::type_of<Bytes>(),
    &detail::type_of<DateTime>(),
    &detail::type_of<Date>(),
    &detail::type_of<Time>(),
    &detail::type_of<Duration>(),
    &detail::type_of<Uuid>(),
    &detail::type_of<Decimal>(),
    &detail::type_of<Json>(),
    &detail::type_of<Color>(),
    &detail::type_of<std::vector<std::int64_t>>(),
};

constexpr std::array<Oid, 26> oids = {db::pg::boolean,
                                      db::pg::bytea,
                                      db::pg::char_,
                                      db::pg::name,
                                      db::pg::int8,
                                      db::pg::int2,
                                      db::pg::int4,
                                      db::pg::text,
                                      db::pg::oid,
                                      db::pg::json,
                                      db::pg::float4,
                                      db::pg::float8,
                                      db::pg::unknown,
                                      db::pg::bpchar,
                                      db::pg::varchar,
                                      db::pg::date,
                                      db::pg::time,
                                      db::pg::interval,
                                      db::pg::uuid,
                                      db::pg::numeric,
                                      db::pg::timestamp,
                                      db::pg::timestamptz,
                                      db::pg::jsonb,
                                      db::pg::void_,
                                      1007,
                                      20'000};

void check(const db::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) expect(json::is_utf8(*text));
  if (const auto* decimal = std::get_if<Decimal>(&value)) {
    expect(decimal->text.find_first_not_of("0123456789.-+eE") == std::string::npos);
  }
  if (const auto* document = std::get_if<Json>(&value)) (void)document->dump();
}

using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

Result result_of(Oid type, std::string_view bytes) {
  Result result(PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK), &PQclear);
  std::string name = "c";
  PGresAttDesc column{};
  column.name = name.data();
  column.format = 1;
  column.typid = type;
  column.typlen = -1;
  std::string value(bytes);
  expect(PQsetResultAttrs(result.get(), 1, &column) != 0);
  expect(PQsetvalue(result.get(), 0, 0, value.data(), static_cast<int>(value.size())) != 0);
  return result;
}

// A value that is sent is the value that comes back.
void check_sent(const db::Value& value) {
  const auto declared = db::declared_type(value);
  if (declared == 0) return;
  db::PostgresqlParameters parameters;
  parameters.assign({&value, 1});
  if (parameters.formats()[0] != 1 || !parameters.values()[0]) return;
  const auto size = static_cast<std::size_t>(parameters.lengths()[0]);
  const auto result = result_of(declared, {parameters.values()[0], size});
  expect(db::read(result.get(), 0, 0, nullptr).index() == value.index());
}

void check_postgresql(Oid oid, const detail::Type* type, std::string_view bytes) {
  const auto result = result_of(oid, bytes);
  try {
    const auto value = db::read(result.get(), 0, 0, type);
    check(value);
    check_sent(value);
  } catch (const DatabaseError& error) {
    expect(std::string_view(error.what()).starts_with("column c "));
  }
}

sqlite3_stmt* echo_statement() {
  static sqlite3* database = [] {
    sqlite3* opened = nullptr;
    sqlite3_open(":memory:", &opened);
    return opened;
  }();
  static sqlite3_stmt* statement = [] {
    sqlite3_stmt* made = nullptr;
    sqlite3_prepare_v2(database, "SELECT ?1 AS c", -1, &made, nullptr);
    return made;
  }();
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return statement;
}

void bind_storage(sqlite3_stmt* statement, std::size_t storage, std::string_view bytes) {
  std::int64_t bits = 0;
  bytes.copy(reinterpret_cast<char*>(&bits), sizeof bits);
  double number = 0;
  bytes.copy(reinterpret_cast<char*>(&number), sizeof number);
  const auto size = static_cast<int>(bytes.size());
  const char* data = bytes.empty() ? "" : bytes.data();
  if (storage == 0) sqlite3_bind_int64(statement, 1, bits);
  if (storage == 1) sqlite3_bind_double(statement, 1, number);
  if (storage == 2) sqlite3_bind_text(statement, 1, data, size, SQLITE_TRANSIENT);
  if (storage == 3) sqlite3_bind_blob(statement, 1, data, size, SQLITE_TRANSIENT);
}

void check_sqlite(std::size_t storage, const detail::Type* type, std::string_view bytes) {
  auto* statement = echo_statement();
  bind_storage(statement, storage, bytes);
  if (sqlite3_step(statement) != SQLITE_ROW) return;
  try {
    const auto value = db::read(statement, 0, type);
    check(value);
    auto* again = echo_statement();
    db::bind(again, 1, value);
    expect(sqlite3_step(again) == SQLITE_ROW);
    expect(db::read(again, 0, type).index() == value.index());
    sqlite3_reset(again);
  } catch (const DatabaseError&) {
  } catch (const DataError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = fuzz::as_text(data, size);
  const auto* type = types[fuzz::take_number(bytes, types.size())];
  const auto oid = oids[fuzz::take_number(bytes, oids.size())];
  check_postgresql(oid, type, bytes);
  for (std::size_t storage = 0; storage < 4; ++storage) check_sqlite(storage, type, bytes);
  return 0;
}

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "db/url.hpp"

using namespace plinth;

namespace {

// "host=db port=5433 …", or the refusal.
std::string parsed(const std::string& url) {
  try {
    const auto made = db::parse_url(url).postgresql;
    std::string text = made.pgbouncer ? "pgbouncer" : "";
    for (const auto& [keyword, value] : made.parameters) {
      text += (text.empty() ? "" : " ") + keyword + "=" + value;
    }
    return text;
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a PostgreSQL url becomes libpq's parameters, in every spelling") {
  struct Row {
    const char* url;
    const char* expected;
  };
  const Row rows[] = {
      {"postgresql://ada:secret@db:5433/app",
       "user=ada password=secret host=db port=5433 dbname=app"},
      {"postgres://db/app", "host=db dbname=app"},
      {"postgresql+asyncpg://db", "host=db"},
      {"postgresql+psycopg2:///app", "dbname=app"},
      {"postgresql://", ""},
      {"postgresql://a%40b:p%3Aq%2F@[::1]:5432/x%20y",
       "user=a@b password=p:q/ host=::1 port=5432 dbname=x y"},
      {"postgresql://ada:p@ss/word@db/app", "user=ada password=p@ss/word host=db dbname=app"},
      {"postgresql://ada@/app?host=/var/run/postgresql",
       "user=ada dbname=app host=/var/run/postgresql"},
      {"postgresql://a:1,b:2/app", "host=a,b port=1,2 dbname=app"},
      {"postgresql://db/app?ssl=require", "host=db dbname=app sslmode=require"},
      {"postgresql://db/app?ssl=true&application_name=a%20b",
       "host=db dbname=app sslmode=require application_name=a b"},
      {"postgresql://db/app?pgbouncer=true", "pgbouncer host=db dbname=app"},
      {"postgresql://db/app?prepared_statement_cache_size=0", "pgbouncer host=db dbname=app"},
      {"postgresql://db:99999/app", "DATABASE_URL: \"99999\" is no port"},
      {"postgresql://db:x/app", "DATABASE_URL: \"x\" is no port"},
      {"postgresql://ada:10%@db/app", "DATABASE_URL: a '%' in the password must be written %25"},
      {"postgresql://ada:%00@db/app", "DATABASE_URL: a '%' in the password must be written %25"},
      {"postgresql://db/app?sslmode", "DATABASE_URL: the option \"sslmode\" has no value"},
      {"postgresql://db/app?turbo=1",
       "DATABASE_URL: the option \"turbo\" is not understood; libpq's are, and pgbouncer=true: see "
       "docs/database.md"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.url));
    CHECK(parsed(row.url) == row.expected);
  }
}

TEST_CASE("a password in the options of a url is not shown either") {
  CHECK(db::without_password("postgresql://db/app?user=ada&password=secret&sslmode=require") ==
        "postgresql://db/app?user=ada&password=***&sslmode=require");
  CHECK(db::without_password("postgresql://ada:pa/ss@db/app") == "postgresql://ada:***@db/app");
}

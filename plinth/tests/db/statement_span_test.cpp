// What a trace shows of a statement. No value may be in it.
#include "db/statement_span.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace plinth::db {

TEST_CASE("a statement is shown without its values, and told by what it does to which table") {
  struct Case {
    std::string_view sql, text, operation, collection;
  };
  for (const auto& [sql, text, operation, collection] : {
           Case{"SELECT users.id FROM users WHERE users.email = $1 LIMIT 2",
                "SELECT users.id FROM users WHERE users.email = $1 LIMIT ?", "SELECT", "users"},
           Case{"select * from \"Users\" where name = 'ada''s' and x=1.5e3",
                "select * from \"Users\" where name = ? and x=?", "SELECT", "Users"},
           Case{"INSERT INTO app.users (id) VALUES (?)", "INSERT INTO app.users (id) VALUES (?)",
                "INSERT", "app.users"},
           Case{"UPDATE ONLY users SET x = x + 1", "UPDATE ONLY users SET x = x + ?", "UPDATE",
                "users"},
           Case{"DELETE FROM users", "DELETE FROM users", "DELETE", "users"},
           Case{"WITH old (id) AS (SELECT 1 FROM a) DELETE FROM b WHERE id IN (SELECT id FROM old)",
                "WITH old (id) AS (SELECT ? FROM a) DELETE FROM b WHERE id IN (SELECT id FROM old)",
                "DELETE", "b"},
           Case{"SELECT (SELECT count(*) FROM a) FROM b", "SELECT (SELECT count(*) FROM a) FROM b",
                "SELECT", "b"},
           Case{"SELECT 1", "SELECT ?", "SELECT", ""},
           Case{"SELECT * FROM (SELECT 1) AS part", "SELECT * FROM (SELECT ?) AS part", "SELECT",
                ""},
           Case{"BEGIN", "BEGIN", "BEGIN", ""},
           Case{"ROLLBACK TO SAVEPOINT sp_1", "ROLLBACK TO SAVEPOINT sp_1", "ROLLBACK", ""},
           Case{"  SELECT /* secret */ a -- secret\n FROM b", "SELECT a FROM b", "SELECT", "b"},
           Case{"", "", "", ""},
       }) {
    CAPTURE(sql);
    const auto shape = shape_of(sql);
    CHECK(shape.text == text);
    CHECK(shape.operation == operation);
    CHECK(shape.collection == collection);
  }
}

TEST_CASE("behind a literal whose end is in doubt nothing is shown") {
  for (const std::string_view sql :
       {"SELECT * FROM users WHERE name = E'it\\'s secret'", "SELECT $$secret$$ FROM users",
        "SELECT $tag$secret$tag$", "SELECT 'a\\', 'secret'", "SELECT $ secret", "SELECT 'secret",
        "SELECT U&'\\0073ecret'"}) {
    CAPTURE(sql);
    CHECK(shape_of(sql).text.find("secret") == std::string::npos);
    CHECK(shape_of(sql).text.find("ecret") == std::string::npos);
  }
}

}  // namespace plinth::db

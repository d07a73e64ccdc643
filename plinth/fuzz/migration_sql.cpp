// SQL that migrations take apart: CREATE TABLE and CREATE INDEX as a database tells them, and texts
// and names on their way into SQL.
#include <stdexcept>
#include <string>
#include <string_view>

#include "db/text.hpp"
#include "expect.hpp"
#include "migrate/history.hpp"
#include "migrate/parse_ddl.hpp"
#include "migrate/sql.hpp"
#include "migrate/table_text.hpp"
#include "migrate/tokens.hpp"
#include "plinth/detail/statement.hpp"

using namespace plinth;
using namespace plinth::migrate;
using fuzz::expect;

namespace {

void check_tokens(std::string_view sql) {
  const auto tokens = tokens_of(sql);
  std::size_t at = 0;
  for (const auto& token : tokens) {
    expect(token.begin >= at && token.end > token.begin && token.end <= sql.size());
    at = token.end;
  }
  for (std::size_t i = 0; i < tokens.size() && i < 16; ++i) expect(closing(tokens, i) > i);
  (void)mentions(sql, "users");
}

// What is put together again can be read again. Of SQL that no engine would keep, not as the same.
void check_table(std::string_view sql) {
  try {
    const TableText table("t", sql);
    (void)TableText("t", table.sql("t")).sql("t");
    (void)table.copied();
  } catch (const CommandError&) {
  }
  try {
    (void)constraints_of(sql);
  } catch (const std::logic_error&) {
  }
  try {
    (void)parse_index(sql);
  } catch (const std::logic_error&) {
  }
}

// A text or a name is one token, whatever is in it, and it is that text.
void check_quoting(const std::string& text) {
  if (text.find('\0') != text.npos) return;  // refused before
  const auto literal = quoted_text(text, db::Dialect::sqlite);
  const auto tokens = tokens_of(literal);
  expect(tokens.size() == 1 && tokens[0].kind == SqlToken::Kind::text && tokens[0].value == text);
  const auto name = tokens_of(db::quoted(text));
  expect(name.size() == 1 || text.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::as_text(data, size));
  check_tokens(text);
  check_table(text);
  check_table("CREATE TABLE t (" + text + ")");
  check_quoting(text);
  return 0;
}

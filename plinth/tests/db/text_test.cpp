#include "db/text.hpp"

#include <doctest/doctest.h>

#include <string>

using plinth::db::split_parameters;

namespace {

// The text with each parameter shown as <>.
std::string shown(std::string_view sql) {
  std::string out;
  for (const auto& part : split_parameters(sql)) {
    out += part.sql;
    if (part.parameter) out += "<>";
  }
  return out;
}

}  // namespace

TEST_CASE("a '?' is a parameter but in literals, names and comments") {
  struct Row {
    const char* name;
    const char* sql;
    const char* expected;
  };
  const Row rows[] = {
      {"nothing", "", ""},
      {"alone", "?", "<>"},
      {"two in a row apart", "? ?", "<> <>"},
      {"doubled", "a ?? b", "a ? b"},
      {"three", "???", "?<>"},
      {"literal", "'?' ?", "'?' <>"},
      {"literal with a quote", "'it''s ?' ?", "'it''s ?' <>"},
      {"open literal", "? '?", "<> '?"},
      {"name", "\"?\"\"?\" ?", "\"?\"\"?\" <>"},
      {"back-quoted name", "`?` ?", "`?` <>"},
      {"line comment", "-- ?\n?", "-- ?\n<>"},
      {"line comment at the end", "? -- ?", "<> -- ?"},
      {"minus", "1 - ?", "1 - <>"},
      {"comment", "/* ? */ ?", "/* ? */ <>"},
      {"nested comment", "/* /* ? */ ? */ ?", "/* /* ? */ ? */ <>"},
      {"open comment", "/* ?", "/* ?"},
      {"division", "4 / ?", "4 / <>"},
      {"dollars", "$$ ? $$ ?", "$$ ? $$ <>"},
      {"tagged dollars", "$a$ ? $$ ? $a$ ?", "$a$ ? $$ ? $a$ <>"},
      {"numbered parameter", "$1 ?", "$1 <>"},
      {"dollar in a name", "a$b$ ? $b$", "a$b$ <> $b$"},
      {"escape string", "E'\\'?' ?", "E'\\'?' <>"},
      {"no escape string", "'\\' ?", "'\\' <>"},
      {"name before a literal", "some'?' ?", "some'?' <>"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(shown(row.sql) == row.expected);
  }
}

// SQL text taken apart: what a database keeps of CREATE TABLE and CREATE INDEX, and lists of
// columns in models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::db {

struct SqlToken {
  enum class Kind : std::uint8_t { word, quoted_name, string, number, symbol };

  Kind kind;
  std::string_view text;  // as it stands, with its quotes
  std::size_t at;         // its place in the whole text

  /// `word` is in lower case.
  bool is(std::string_view word) const;
  bool is_name() const { return kind == Kind::word || kind == Kind::quoted_name; }
  /// Of a name or a string: without its quotes.
  std::string name() const;
};

/// Without comments and white space. Unfinished quotes end with the text.
std::vector<SqlToken> tokens_of(std::string_view sql);

/// "team_id, lower(name)": split at the commas that are in no brackets; white space trimmed.
std::vector<std::string> split_list(std::string_view sql);

/// Whether the text is one name and nothing else.
bool is_one_name(std::string_view sql);

/// The same text for the same meaning, as far as white space, comments, letter case, needless
/// quotes and brackets around the whole go.
std::string normalized(std::string_view sql);

}  // namespace plinth::db

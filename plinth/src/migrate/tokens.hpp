// SQL cut into tokens: enough to tell what a statement does, and to change the text of a CREATE
// TABLE without losing what was not asked for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::migrate {

struct SqlToken {
  enum class Kind : std::uint8_t {
    word,    // a keyword or a plain name
    name,    // "quoted", `quoted`, [quoted]
    text,    // 'text', $$text$$
    number,  //
    symbol   // one character
  };

  Kind kind;
  std::string value;  // a word in upper case; a name or text without its quotes
  std::size_t begin;  // in the SQL
  std::size_t end;

  bool is(std::string_view keyword) const { return kind == Kind::word && value == keyword; }
  bool is(char symbol) const { return kind == Kind::symbol && value[0] == symbol; }
};

/// Spaces and comments are left out. Never fails: what is left open ends with the SQL.
std::vector<SqlToken> tokens_of(std::string_view sql);

/// Where the ')' of the '(' at `open` is, or the number of tokens.
std::size_t closing(const std::vector<SqlToken>& tokens, std::size_t open);

/// Whether these words are there one after another.
bool has_words(const std::vector<SqlToken>& tokens, std::initializer_list<std::string_view> words);
/// Whether they begin the statement.
bool starts_with(const std::vector<SqlToken>& tokens,
                 std::initializer_list<std::string_view> words);

/// Whether the SQL names this column, table or view, in any spelling.
bool mentions(std::string_view sql, std::string_view name);

/// In ASCII, as SQL folds names.
std::string upper(std::string_view text);
bool same_name(std::string_view left, std::string_view right);

}  // namespace plinth::migrate

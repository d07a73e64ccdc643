// Raw SQL, cut at its parameters.
#pragma once

#include <string_view>
#include <vector>

namespace plinth::db {

struct TextPart {
  std::string_view sql;
  bool parameter;  // a '?' follows
};

/// '?' stands for a parameter where it is not inside of a literal, a quoted name or a comment; "??"
/// is a '?' itself. Views into `sql`. Never fails: what is left open ends with the text.
std::vector<TextPart> split_parameters(std::string_view sql);

/// Throws ProgrammingError for statements that would change the transaction or the settings of a
/// connection behind the back of the session and the pool: COMMIT, SET (but SET LOCAL), LISTEN and
/// the like. SQLite asks about each such action itself.
void refuse_control(std::string_view sql);

}  // namespace plinth::db

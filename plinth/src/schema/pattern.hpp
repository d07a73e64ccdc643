// Regular expressions of `pattern` rules.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace plinth::schema {

/// A pattern that is compiled; matching takes time linear in the text. Thread safety: const methods
/// from any thread.
class Pattern {
 public:
  /// Throws std::invalid_argument.
  explicit Pattern(std::string_view text);
  ~Pattern();

  /// Found anywhere in the text, which is UTF-8.
  bool found_in(std::string_view text) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Compiled at the first call for these characters, then kept. `text` must live as long as the
/// program: it is a template value's.
const Pattern& compiled(std::string_view text);

/// The pattern in RE2's words, where Rust's `\d`, `\w` and `\s` know all of Unicode.
std::string unicode_classes(std::string_view pattern);

}  // namespace plinth::schema

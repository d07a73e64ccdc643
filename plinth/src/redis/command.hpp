// Commands and scripts, and how they are written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plinth::redis {

/// A command and its arguments, any bytes: {"SET", "key", "value"}.
using Words = std::vector<std::string>;

/// Appends the command as Redis reads it.
void append_command(std::string& bytes, const Words& words);

/// A Lua script. Must outlive the clients that run it: make it a static of a function.
class Script {
 public:
  explicit Script(std::string_view text);

  const std::string& text() const { return text_; }
  /// 40 hexadecimal digits, by which EVALSHA knows it.
  const std::string& sha() const { return sha_; }

 private:
  std::string text_;
  std::string sha_;
};

}  // namespace plinth::redis

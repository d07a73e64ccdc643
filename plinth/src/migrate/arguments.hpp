// The words of a command line, taken one by one; what is left over is an error.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::migrate {

/// A wrong command line: exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Arguments {
 public:
  explicit Arguments(std::span<const std::string> words) : words_(words.begin(), words.end()) {}

  bool flag(std::string_view name, std::string_view shorter = {});
  /// "--name value" or "--name=value"; "" when it is not there.
  std::string option(std::string_view name, std::string_view shorter = {});
  /// An option that may be given several times.
  std::vector<std::string> options(std::string_view name);
  /// The next word. Throws UsageError.
  std::string word(const char* what);
  /// All that is left, at least one.
  std::vector<std::string> words(const char* what);
  /// Throws UsageError when anything is left.
  void end() const;

 private:
  std::vector<std::string>::iterator find(std::string_view name, std::string_view shorter);

  std::vector<std::string> words_;
};

}  // namespace plinth::migrate

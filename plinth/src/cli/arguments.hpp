// Command-line words: options that take a value ("--port 8000", "--port=8000"), flags, and the
// rest.
#pragma once

#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::cli {

/// A wrong word on the command line; what() says which and what may stand there.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Arguments {
  std::map<std::string, std::string, std::less<>> values;  // "--port" -> "8000"
  std::set<std::string, std::less<>> flags;                // "--sql"
  std::vector<std::string> rest;

  bool has(std::string_view flag) const { return flags.contains(flag); }
  std::string value_or(std::string_view option, std::string_view fallback) const;
  /// A whole number between the bounds; UsageError naming the option otherwise.
  int number_or(std::string_view option, int fallback, int lowest, int highest) const;
};

/// Splits the words after the command. Options and flags are given with their dashes.
Arguments parse_arguments(std::span<char* const> words, std::span<const std::string_view> options,
                          std::span<const std::string_view> flags);

/// The value of an option with a short and a long name; "" when it is not given.
std::string either(const Arguments& arguments, std::string_view brief, std::string_view full);
/// "a,b" is a and b.
std::vector<std::string> names_of(std::string_view list);

}  // namespace plinth::cli

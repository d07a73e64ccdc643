// What a command of the application's own is given: words, and passwords that nobody sees. Stands
// for typer and getpass. Example: app/cli/users.cpp
//
//   int users(std::span<char* const> words) {
//     auto arguments = parse_arguments(words, {{"--email"}}, {{"--password-stdin"}});
//     std::string email = arguments.value_or("--email", "");
//     if (email.empty()) throw UsageError("--email is missing");
//     std::string password = arguments.has("--password-stdin") ? read_secret_line()
//                                                              : ask_secret("Password: ");
#pragma once

#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace plinth {

/// A wrong word on the command line; what() says which and what may stand there. Ends the command
/// with that line and exit code 2.
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

/// Splits the words after the command: options that take a value ("--port 8000", "--port=8000"),
/// flags, and the rest. Options and flags are given with their dashes.
Arguments parse_arguments(std::span<char* const> words, std::span<const std::string_view> options,
                          std::span<const std::string_view> flags);

/// Asks on the terminal, where what is typed is not shown: Python's getpass, whose name in C is
/// taken. Throws std::runtime_error when the process has no terminal, or nothing more is typed.
std::string ask_secret(std::string_view prompt);

/// The first line of the standard input, without its end: what `--password-stdin` means. Throws
/// std::runtime_error when there is none, or it is longer than 4,096 bytes.
std::string read_secret_line();

}  // namespace plinth

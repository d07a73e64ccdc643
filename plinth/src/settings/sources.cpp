#include "settings/sources.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/log.hpp"
#include "json/utf8.hpp"
#include "settings/dotenv.hpp"

namespace plinth::settings {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

void add(Variables& variables, std::string_view assignment) {
  auto equals = assignment.find('=', 1);  // a name may start with '='
  if (equals == std::string_view::npos) return;
  Variable variable{std::string(assignment.substr(0, equals)),
                    std::string(assignment.substr(equals + 1))};
  variables.insert_or_assign(to_lower(variable.name), std::move(variable));
}

Variables read_environment(const SettingsOptions& options) {
  Variables variables;
  if (options.environment) {
    for (const auto& assignment : *options.environment) add(variables, assignment);
  } else {
    for (char** assignment = environ; *assignment; ++assignment) add(variables, *assignment);
  }
  return variables;
}

// The text of a file; empty, with errno set, when it cannot be read.
std::optional<std::string> read_file(const std::string& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string text;
  char piece[4096];
  ssize_t got = 0;
  while ((got = ::read(file, piece, sizeof piece)) > 0) {
    text.append(piece, static_cast<std::size_t>(got));
  }
  int error = errno;
  ::close(file);
  errno = error;
  if (got < 0) return std::nullopt;
  return text;
}

// In the letter case it was written with; ${Name} is not ${NAME}.
std::optional<std::string> value_of(const Variables& variables, std::string_view name) {
  auto found = variables.find(to_lower(name));
  if (found == variables.end() || found->second.name != name) return std::nullopt;
  return found->second.value;
}

void read_dotenv(const std::string& path, Sources& sources) {
  auto text = read_file(path);
  if (!text) {
    if (errno != ENOENT) sources.file_error = std::strerror(errno);
    return;
  }
  if (!json::is_utf8(*text)) {
    sources.file_error = "it is not UTF-8";
    return;
  }
  auto dotenv = parse_dotenv(
      *text, [&](std::string_view name) { return value_of(sources.environment, name); });
  for (int line : dotenv.unreadable_lines) {
    base::log(base::Level::warning, "a line of the settings file is no NAME=value and is skipped",
              {{"file", path}, {"line", line}});
  }
  for (auto& [name, value] : dotenv.bindings) {
    if (!value) continue;
    auto is_same = [&](const Variable& other) { return to_lower(other.name) == to_lower(name); };
    std::erase_if(sources.file, is_same);
    sources.file.push_back({std::move(name), std::move(*value)});
  }
}

std::string stripped(std::string_view text) {
  constexpr std::string_view blank = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

// What is no file in there, as the folders behind Kubernetes' links, is nobody's setting.
void read_secrets(const std::string& folder, Sources& sources) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::error_code unknown;
    if (!entry.is_regular_file(unknown)) continue;
    auto name = entry.path().filename().string();
    auto text = read_file(entry.path().string());
    if (!text) {
      sources.secrets_error = entry.path().string() + ": " + std::strerror(errno);
      continue;
    }
    auto lowered = to_lower(name);
    sources.secrets.insert_or_assign(std::move(lowered),
                                     Variable{std::move(name), stripped(*text)});
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    sources.secrets_error = folder + ": " + error.message();
  }
}

}  // namespace

const Variable* Sources::find(std::string_view name) const {
  if (auto found = environment.find(name); found != environment.end()) return &found->second;
  auto found = std::ranges::find_if(
      file, [&](const Variable& variable) { return to_lower(variable.name) == name; });
  if (found != file.end()) return &*found;
  auto secret = secrets.find(name);
  return secret == secrets.end() ? nullptr : &secret->second;
}

Sources read_sources(const SettingsOptions& options) {
  Sources sources;
  sources.environment = read_environment(options);
  if (!options.env_file.empty()) read_dotenv(options.env_file, sources);
  if (!options.secrets_dir.empty()) read_secrets(options.secrets_dir, sources);
  return sources;
}

std::string to_lower(std::string_view text) {
  std::string changed(text);
  std::ranges::transform(changed, changed.begin(), lower);
  return changed;
}

std::string to_upper(std::string_view text) {
  std::string changed(text);
  std::ranges::transform(changed, changed.begin(), upper);
  return changed;
}

}  // namespace plinth::settings

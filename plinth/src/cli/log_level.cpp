// log-level: changes what running processes of this program write to their logs.
#include <dirent.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "base/log_levels.hpp"
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/worker_process.hpp"

namespace plinth::cli {

namespace {

constexpr std::string_view level_options[] = {"--for", "--logger", "--pid"};
constexpr std::string_view level_usage =
    "say which: log-level debug|info|warning|error|critical|default "
    "[--for 10m] [--logger plinth.db] [--pid N]";

std::optional<base::Level> level_of(std::string_view word) {
  using base::Level;
  constexpr std::array<std::string_view, 5> names = {"debug", "info", "warning", "error",
                                                     "critical"};
  if (word == "default") return std::nullopt;
  const auto found = std::ranges::find(names, word);
  if (found == names.end()) {
    throw UsageError("\"" + std::string(word) + "\" is no level; " + std::string(level_usage));
  }
  return static_cast<Level>(found - names.begin());
}

// "90", "90s", "10m", "2h", "1d" in seconds.
std::int64_t seconds_of(const std::string& text) {
  if (text.empty()) return 0;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, text.data() + text.size());
  const std::int64_t each = unit == "m"                   ? 60
                            : unit == "h"                 ? 3600
                            : unit == "d"                 ? 86'400
                            : unit.empty() || unit == "s" ? 1
                                                          : 0;
  if (error != std::errc() || each == 0 || number < 1 ||
      number > base::request_seconds_max / each) {
    throw UsageError("--for: \"" + text + "\" is no time; write 90s, 10m, 2h or 1d, at most 194d");
  }
  return number * each;
}

struct Process {
  pid_t pid;
  std::string words;  // its command line, for people
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Where the running program was read from; a newer file may stand there by now.
std::string program_of(const std::string& folder) {
  std::array<char, 4096> path{};
  const auto size = ::readlink((folder + "/exe").c_str(), path.data(), path.size());
  std::string program(path.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  constexpr std::string_view gone = " (deleted)";
  if (program.ends_with(gone)) program.resize(program.size() - gone.size());
  return program;
}

// One that does not would be ended by the signal.
bool hears_signal(const std::string& folder) {
  const auto status = read_file(folder + "/status");
  constexpr std::string_view name = "SigCgt:\t";
  const auto at = status.find(name);
  if (at == std::string::npos) return false;
  std::uint64_t caught = 0;
  std::from_chars(status.data() + at + name.size(), status.data() + status.size(), caught, 16);
  return (caught >> (base::log_level_signal() - 1) & 1) != 0;
}

// "serve --port 8000": without the path of the program.
std::string words_of(const std::string& folder) {
  auto words = read_file(folder + "/cmdline");
  words.erase(0, std::min(words.find('\0'), words.size() - (words.empty() ? 0 : 1)) + 1);
  std::ranges::replace_if(words, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, ' ');
  while (words.ends_with(' ')) words.pop_back();
  return words;
}

std::vector<Process> find_processes(pid_t only) {
  std::vector<Process> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), &::closedir);
  if (!folder) throw std::runtime_error("/proc cannot be read: name the process with --pid");
  const auto own = program_of("/proc/self");
  while (const auto* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    const auto path = "/proc/" + std::string(name);
    if (only != 0 ? pid != only : program_of(path) != own) continue;
    if (hears_signal(path)) found.push_back({pid, words_of(path)});
  }
  std::ranges::sort(found, {}, &Process::pid);
  return found;
}

}  // namespace

int log_level(const Program&, std::span<char* const> words) {
  const Arguments arguments = parse_arguments(words, level_options, {});
  if (arguments.rest.size() > 1) throw UsageError("takes one level; " + std::string(level_usage));
  const auto asked = arguments.rest.empty() ? std::string() : arguments.rest.front();
  const auto only = arguments.number_or("--pid", 0, 1, 1 << 22);
  const auto logger = arguments.value_or("--logger", "");
  const auto word = base::encode({.logger = logger,
                                  .level = asked.empty() ? std::nullopt : level_of(asked),
                                  .seconds = seconds_of(arguments.value_or("--for", ""))});
  const auto processes = find_processes(only);
  if (processes.empty()) {
    std::fprintf(stderr, "%s\n",
                 only != 0 ? "no such process, or none that writes a log as this program does"
                           : "no process of this program writes a log here");
    return 1;
  }
  int code = 0;
  for (const auto& process : processes) {
    std::printf("%d %s", static_cast<int>(process.pid), process.words.c_str());
    if (!asked.empty()) {
      const bool sent = base::send_log_level_request(process.pid, word);
      std::printf(": %s", sent ? asked.c_str() : std::strerror(errno));
      if (!sent) code = 1;
    }
    std::printf("\n");
  }
  return code;
}

}  // namespace plinth::cli

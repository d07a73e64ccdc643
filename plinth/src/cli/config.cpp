// config: the settings that are in effect, where each comes from, and no secret.
#include <algorithm>
#include <cstdio>
#include <string>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/terminal_text.hpp"
#include "plinth/json.hpp"

namespace plinth::cli {

namespace {

constexpr std::string_view config_flags[] = {"--json"};

const char* word(ShownSetting::Source source) {
  switch (source) {
    case ShownSetting::Source::unset:
      return "unset";
    case ShownSetting::Source::default_value:
      return "default";
    case ShownSetting::Source::file:
      return ".env";
    case ShownSetting::Source::secrets:
      return "secrets";
    case ShownSetting::Source::environment:
      return "environment";
  }
  return "";
}

void print_json(const std::vector<ShownSetting>& settings) {
  auto list = Json::array({});
  for (const auto& setting : settings) {
    list.push_back(Json::object({{"name", setting.name},
                                 {"value", setting.value},
                                 {"source", word(setting.source)},
                                 {"secret", setting.secret}}));
  }
  std::printf("%s\n", list.pretty(2).c_str());
}

void print_table(const std::vector<ShownSetting>& settings) {
  std::size_t widest = 0;
  for (const auto& setting : settings) widest = std::max(widest, setting.name.size());
  for (const auto& setting : settings) {
    std::printf("%-*s  %-11s  %s\n", static_cast<int>(widest), setting.name.c_str(),
                word(setting.source), terminal_text(setting.value).c_str());
  }
}

}  // namespace

int config(const Program& program, std::span<char* const> words) {
  const Arguments arguments = parse_arguments(words, {}, config_flags);
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");
  if (!program.settings) throw UsageError("this program does not tell its settings");
  const auto settings = program.settings();
  if (arguments.has("--json")) {
    print_json(settings);
  } else {
    print_table(settings);
  }
  return 0;
}

}  // namespace plinth::cli

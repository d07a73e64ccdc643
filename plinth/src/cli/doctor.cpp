#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/doctor_checks.hpp"
#include "cli/terminal_text.hpp"
#include "plinth/json.hpp"
#include "plinth/settings.hpp"

namespace plinth::cli {

namespace {

constexpr std::string_view doctor_flags[] = {"--json"};

void add(Findings& to, Findings more) {
  for (auto& finding : more) to.push_back(std::move(finding));
}

Findings examine_all(const Program& program) {
  Findings findings;
  std::string url;
  try {
    url = program.database_url();
  } catch (const SettingsError& error) {
    findings.push_back({Finding::Level::problem, "settings", error.what(),
                        "change them in .env or the environment; .env.example shows all"});
    return findings;
  }
  findings.push_back({Finding::Level::ok, "settings", "are complete"});
  if (program.doctor) add(findings, program.doctor());
  const auto options = program.server_options ? program.server_options() : ServerOptions();
  add(findings, examine_tls(options));
  add(findings, examine_host(options));
  add(findings, examine_database(program, url));
  return findings;
}

std::string_view word(Finding::Level level) {
  switch (level) {
    case Finding::Level::ok:
      return "ok";
    case Finding::Level::warning:
      return "warning";
    case Finding::Level::problem:
      return "problem";
  }
  return "";
}

void print_json(const Findings& findings, bool healthy) {
  auto list = Json::array({});
  for (const Finding& finding : findings) {
    list.push_back(Json::object({{"level", word(finding.level)},
                                 {"subject", finding.subject},
                                 {"text", finding.text},
                                 {"fix", finding.fix}}));
  }
  const auto report = Json::object({{"healthy", healthy}, {"findings", std::move(list)}});
  std::printf("%s\n", report.pretty(2).c_str());
}

// A report of settings has several lines, which are ours.
std::string lines_of(std::string_view text) {
  std::string shown;
  for (;;) {
    const auto end = text.find('\n');
    shown += terminal_text(text.substr(0, end));
    if (end == std::string_view::npos) return shown;
    shown += '\n';
    text.remove_prefix(end + 1);
  }
}

void print_lines(const Findings& findings) {
  for (const Finding& finding : findings) {
    std::printf("%-8s %-13s %s\n", word(finding.level).data(), finding.subject.c_str(),
                lines_of(finding.text).c_str());
    if (!finding.fix.empty()) {
      std::printf("%-22s fix: %s\n", "", terminal_text(finding.fix).c_str());
    }
  }
}

}  // namespace

int doctor(const Program& program, std::span<char* const> words) {
  const Arguments arguments = parse_arguments(words, {}, doctor_flags);
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");
  const auto findings = examine_all(program);
  const bool healthy = std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.level == Finding::Level::problem; });
  if (arguments.has("--json")) {
    print_json(findings, healthy);
  } else {
    print_lines(findings);
  }
  return healthy ? 0 : 1;
}

}  // namespace plinth::cli

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "plinth/session.hpp"
#include "plinth/settings.hpp"
#include "server/tls_context.hpp"

namespace plinth::cli {

namespace {

using Findings = std::vector<Finding>;

void examine_database(const Program& program, const std::string& url, Findings& findings) {
  auto engine = Engine(url);
  run(engine.ping());
  findings.push_back({Finding::Level::ok, "DATABASE_URL", engine.url() + " answers"});

  if (run(migrate::is_at_head(engine, program.revisions()))) {
    findings.push_back({Finding::Level::ok, "migrations", "the database is at the last one"});
  } else {
    findings.push_back({Finding::Level::problem, "migrations",
                        "the database is not at the last one", "run: app migrate upgrade head"});
  }
}

void examine_tls(const Program& program, Findings& findings) {
  const auto options = program.server_options ? program.server_options() : ServerOptions();
  if (options.ssl_certfile.empty()) return;
  const auto file = "the certificate in " + options.ssl_certfile;
  try {
    const auto context = server::make_tls_context(options);
    const bool expired = server::has_expired(*context);
    findings.push_back(
        {expired ? Finding::Level::problem : Finding::Level::ok, "SSL_CERTFILE",
         file + (expired ? " expired at " : " is good until ") + server::not_after(*context)});
  } catch (const std::exception& error) {
    findings.push_back({Finding::Level::problem, "TLS", error.what()});
  }
}

Findings examine(const Program& program) {
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
  if (program.doctor) {
    for (Finding& finding : program.doctor()) findings.push_back(std::move(finding));
  }
  examine_tls(program, findings);
  try {
    examine_database(program, url, findings);
  } catch (const std::exception& error) {
    findings.push_back({Finding::Level::problem, "DATABASE_URL", error.what(),
                        "correct it in .env: DATABASE_URL=sqlite:///app.db"});
  }
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

}  // namespace

int doctor(const Program& program, std::span<char* const> words) {
  Arguments arguments = parse_arguments(words, {}, {});
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");

  bool healthy = true;
  for (const Finding& finding : examine(program)) {
    healthy = healthy && finding.level != Finding::Level::problem;
    std::printf("%-8s %-13s %s\n", word(finding.level).data(), finding.subject.c_str(),
                finding.text.c_str());
    if (!finding.fix.empty()) std::printf("%-22s fix: %s\n", "", finding.fix.c_str());
  }
  return healthy ? 0 : 1;
}

}  // namespace plinth::cli

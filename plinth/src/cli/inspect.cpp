// openapi and routes: what the application is, without serving it.
#include <algorithm>
#include <cstdio>
#include <string>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "routing/access.hpp"

namespace plinth::cli {

namespace {

void refuse_words(std::span<char* const> words) {
  Arguments arguments = parse_arguments(words, {}, {});
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text.append(text.empty() ? "" : ",").append(part);
  return text;
}

}  // namespace

int openapi(const Program& program, std::span<char* const> words) {
  refuse_words(words);
  App app = program.create_app();
  std::printf("%s\n", Json::parse(app.openapi()).pretty(2).c_str());
  return 0;
}

int routes(const Program& program, std::span<char* const> words) {
  refuse_words(words);
  App app = program.create_app();
  std::size_t widest_method = 0;
  std::size_t widest_path = 0;
  std::size_t widest_name = 0;
  for (const auto& route : app.routes()) {
    widest_method = std::max(widest_method, joined(route.methods).size());
    widest_path = std::max(widest_path, route.path.size());
    widest_name = std::max(widest_name, route.name().size());
  }
  for (const auto& route : app.routes()) {
    const auto name = std::string(route.name());
    const auto policy = routing::policy_of(route);
    std::printf("%-*s  %-*s  %-*s  %s\n", static_cast<int>(widest_method),
                joined(route.methods).c_str(), static_cast<int>(widest_path), route.path.c_str(),
                static_cast<int>(widest_name), name.c_str(),
                policy.empty() ? "undeclared" : policy.c_str());
  }
  return 0;
}

}  // namespace plinth::cli

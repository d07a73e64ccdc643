// openapi and routes: what the application is, without serving it.
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "plinth/datetime.hpp"
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

constexpr std::string_view routes_flags[] = {"--json"};

struct Row {
  std::string methods;
  std::string path;
  std::string name;
  std::string tags;
  std::string deprecation;  // "deprecated", "sunset 2027-01-01T00:00:00Z" or ""
  std::string access;
  const detail::Route* route;
};

std::string deprecation_of(const RouteOptions& options) {
  if (!options.deprecation) return options.deprecated ? "deprecated" : "";
  const auto& deprecation = *options.deprecation;
  return deprecation.sunset ? "sunset " + deprecation.sunset->iso()
                            : "deprecated since " + deprecation.since.iso();
}

Row row_of(const detail::Route& route) {
  const auto policy = routing::policy_of(route);
  return {.methods = joined(route.methods),
          .path = route.path,
          .name = std::string(route.name()),
          .tags = joined(route.options.tags),
          .deprecation = deprecation_of(route.options),
          .access = policy.empty() ? "undeclared" : policy,
          .route = &route};
}

Json texts(const std::vector<std::string>& parts) {
  auto list = Json::array({});
  for (const auto& part : parts) list.push_back(part);
  return list;
}

void print_json(const std::vector<Row>& rows) {
  auto list = Json::array({});
  for (const auto& row : rows) {
    const auto& options = row.route->options;
    auto entry =
        Json::object({{"methods", texts(row.route->methods)},
                      {"path", row.path},
                      {"name", row.name},
                      {"tags", texts(options.tags)},
                      {"access", row.access},
                      {"deprecated", options.deprecated || options.deprecation.has_value()},
                      {"deprecated_since", nullptr},
                      {"sunset", nullptr},
                      {"include_in_schema", options.include_in_schema}});
    if (options.deprecation) {
      entry["deprecated_since"] = options.deprecation->since.iso();
      if (options.deprecation->sunset) entry["sunset"] = options.deprecation->sunset->iso();
    }
    list.push_back(std::move(entry));
  }
  std::printf("%s\n", list.pretty(2).c_str());
}

// What a route demands comes last: it may be many words.
void print_table(const std::vector<Row>& rows) {
  constexpr std::string Row::* columns[] = {&Row::methods, &Row::path, &Row::name, &Row::tags,
                                            &Row::deprecation};
  std::size_t widths[std::size(columns)] = {};
  for (std::size_t i = 0; i < std::size(columns); ++i) {
    for (const auto& row : rows) widths[i] = std::max(widths[i], (row.*columns[i]).size());
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < std::size(columns); ++i) {
      if (widths[i] == 0) continue;
      std::printf("%-*s  ", static_cast<int>(widths[i]), (row.*columns[i]).c_str());
    }
    std::printf("%s\n", row.access.c_str());
  }
}

}  // namespace

int openapi(const Program& program, std::span<char* const> words) {
  refuse_words(words);
  App app = program.create_app();
  std::printf("%s\n", Json::parse(app.openapi()).pretty(2).c_str());
  return 0;
}

int routes(const Program& program, std::span<char* const> words) {
  const Arguments arguments = parse_arguments(words, {}, routes_flags);
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");
  App app = program.create_app();
  std::vector<Row> rows;
  for (const auto& route : app.routes()) rows.push_back(row_of(route));
  if (arguments.has("--json")) {
    print_json(rows);
  } else {
    print_table(rows);
  }
  return 0;
}

}  // namespace plinth::cli

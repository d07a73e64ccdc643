#include "routing/sink_app.hpp"

#include <utility>

namespace sink {

std::vector<std::string>& event_log() {
  static std::vector<std::string> events;
  return events;
}
void note(std::string event) { event_log().push_back(std::move(event)); }

namespace {
Yield<int> lifespan() {
  note("startup");
  co_yield 1;
  note("shutdown");
}
}  // namespace

App make_app() {
  auto app = App({.title = "Sink",
                  .version = "1.2.3",
                  .summary = "S",
                  .description = "D **md**",
                  .terms_of_service = "https://x.org/tos",
                  .contact = Contact{.name = "c", .email = "c@x.org"},
                  .license_info = LicenseInfo{.name = "MIT", .identifier = "MIT"},
                  .servers = {{.url = "/"}},
                  .openapi_tags = {{.name = "p", .description = "Path"}}});
  app.lifespan<lifespan>();
  app.include(parameters());
  app.include(bodies());
  app.include(responses());
  app.include(dependencies());
  return app;
}

}  // namespace sink

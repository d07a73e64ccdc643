// The application with the tour's resource in it, as the tour's one-line edits leave it.
#include "conftest.hpp"

#include <string>
#include <utility>

#include "app/api/v1/endpoints.hpp"
#include "migrations/env.hpp"

namespace app {

namespace api::v1::notes {
Router router();
}
namespace migrations {
extern const Revision create_notes_b7c4d1e2f3a5;
}

namespace {

Settings with_database(Settings settings, const std::string& url) {
  settings.database_url = url;
  return settings;
}

}  // namespace

TestApp::TestApp(Settings settings)
    : app_(create_app(with_database(std::move(settings), database_.url()))) {
  app_.include(api::v1::notes::router(), {.prefix = "/api/v1"});

  auto history = migrations::revisions();
  std::vector<Revision> revisions(history.begin(), history.end());
  revisions.push_back(migrations::create_notes_b7c4d1e2f3a5);
  run(migrate::upgrade(app_.provided<Engine>(), revisions));
}

TestApp create_test_app() { return TestApp(); }

}  // namespace app

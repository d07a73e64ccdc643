#include "conftest.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "migrations/env.hpp"

namespace app {

namespace {

Settings with_database(Settings settings, const std::string& url) {
  settings.database_url = url;
  return settings;
}

// Looks at every answer of every test: a password's hash never leaves.
struct NoHashes {};

class NoHashesMiddleware final : public detail::Middleware {
 public:
  Task<void> after(const Request& request, Response& response, std::uint64_t) override {
    const std::string body(response.content());
    CAPTURE(request.path);
    for (const auto* sign : {"\"hashed_password\":", "$2b$", "$2a$", "$argon2"}) {
      CHECK(body.find(sign) == std::string::npos);
    }
    return {};
  }
};

std::unique_ptr<detail::Middleware> make_middleware(NoHashes) {
  return std::make_unique<NoHashesMiddleware>();
}

}  // namespace

TestApp::TestApp(Settings settings)
    : app_(create_app(with_database(std::move(settings), database_.url()))) {
  app_.use(NoHashes{});
  run(migrate::upgrade(app_.provided<Engine>(), migrations::revisions()));
}

TestApp create_test_app() { return TestApp(); }

void change_users(App& app, std::string_view sql) {
  run([](Engine& engine, std::string statement) -> Task<void> {
    auto session = engine.session();
    co_await session.execute(text(std::move(statement)));
    co_await session.commit();
  }(app.provided<Engine>(), std::string(sql)));
}

TestClient logged_in(App& app, std::string_view email, std::string_view password) {
  auto client = TestClient(app);
  auto user = Json::object({{"email", email}, {"password", password}});
  client.post("/api/v1/auth/register", user);
  return client.bearer(client.post("/api/v1/auth/login", user).json["access_token"].str());
}

}  // namespace app

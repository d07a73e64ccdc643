// What every test of the application starts from.
#pragma once

#include "app/app.hpp"
#include "plinth/testing.hpp"
#include "support/database.hpp"

namespace app {

using namespace plinth::literals;

/// A fresh application over an empty, migrated database, which goes with it.
class TestApp {
 public:
  explicit TestApp(Settings settings = {});
  operator App&() { return app_; }
  App* operator->() { return &app_; }

 private:
  support::TestDatabase database_;
  App app_;
};

TestApp create_test_app();

/// Runs SQL on the application's database, for what no endpoint does.
void change_users(App& app, std::string_view sql);

/// A client of `app` that has registered this user and carries their token.
TestClient logged_in(App& app, std::string_view email, std::string_view password);

}  // namespace app

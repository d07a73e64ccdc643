// The application's documentation in a browser that reaches nothing but the application.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "e2e/browser.hpp"

namespace {

// The application and a browser, on ports of their own, with a new database.
struct Stage {
  std::string folder = [] {
    std::string name = std::filesystem::temp_directory_path() / "plinth-e2e-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }();
  std::vector<std::string> environment = {"DATABASE_URL=sqlite:///" + folder + "/app.db"};
  int app_port = e2e::free_port();
  int driver_port = e2e::free_port();
  int migrated =
      e2e::Process({APP_BINARY, "migrate", "upgrade", "head"}, folder, folder + "/log", environment)
          .wait();
  e2e::Process app{{APP_BINARY, "serve", "--port", std::to_string(app_port)},
                   folder,
                   folder + "/log",
                   environment};
  e2e::Process driver{
      {"chromedriver", "--port=" + std::to_string(driver_port)}, folder, folder + "/driver.log"};
  std::string base = "http://127.0.0.1:" + std::to_string(app_port);

  Stage() {
    REQUIRE(migrated == 0);
    REQUIRE(e2e::wait_for(app_port, "/health"));
    REQUIRE(e2e::wait_for(driver_port, "/status"));
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage() { std::filesystem::remove_all(folder); }
};

// All that the page has loaded came from the application.
void check_loads_only_from(e2e::Browser& browser, const std::string& base) {
  const auto loaded =
      browser.run("return performance.getEntriesByType('resource').map(entry => entry.name)");
  CHECK(loaded.size() >= 2);
  for (const auto& url : loaded.items()) {
    INFO(url.str());
    CHECK(url.str().starts_with(base + "/"));
  }
}

}  // namespace

TEST_CASE("Swagger UI shows the API, logs in and tries it out") {
  Stage stage;
  REQUIRE(e2e::ask(stage.app_port, "POST", "/api/v1/auth/register",
                   R"({"email": "ada@example.com", "password": "analytical"})")
              .status == 201);
  e2e::Browser browser(stage.driver_port);
  browser.open(stage.base + "/docs");
  CHECK(browser.text(".information-container .title").starts_with("FastAPI App"));
  CHECK(browser.text("#operations-infra-health_health_get").find("/health") != std::string::npos);

  browser.click(".btn.authorize");
  browser.type("#oauth_username", "ada@example.com");
  browser.type("#oauth_password", "analytical");
  browser.click(".auth-btn-wrapper .authorize");
  CHECK(browser.text(".auth-container h6").find("Authorized") != std::string::npos);
  browser.click(".auth-btn-wrapper .btn-done");

  const std::string me = "#operations-users-me_api_v1_users_me_get";
  browser.click(me + " .opblock-summary-control");
  browser.click(me + " .try-out__btn");
  browser.click(me + " .execute");
  CHECK(browser.text(me + " .live-responses-table .response .response-col_status")
            .starts_with("200"));
  CHECK(browser.text(me + " .live-responses-table .response .response-col_description")
            .find("\"email\": \"ada@example.com\"") != std::string::npos);

  check_loads_only_from(browser, stage.base);
  for (const auto& error : browser.errors()) FAIL_CHECK(error);
}

TEST_CASE("ReDoc shows the API") {
  Stage stage;
  e2e::Browser browser(stage.driver_port);
  browser.open(stage.base + "/redoc");
  CHECK(browser.text("redoc h1").starts_with("FastAPI App"));
  CHECK(browser.text("[data-section-id='tag/users/operation/me_api_v1_users_me_get']")
            .find("/api/v1/users/me") != std::string::npos);
  check_loads_only_from(browser, stage.base);
  for (const auto& error : browser.errors()) FAIL_CHECK(error);
}

TEST_CASE("a script that slips into a page does not run") {
  Stage stage;
  e2e::Browser browser(stage.driver_port);
  for (const char* page : {"/docs", "/redoc"}) {
    CAPTURE(page);
    browser.open(stage.base + page);
    CHECK(browser.errors().empty());
    const auto ran = browser.run(
        "const script = document.createElement('script');"
        "script.textContent = 'window.slipped = true';"
        "document.body.append(script);"
        "const button = document.createElement('button');"
        "button.setAttribute('onclick', 'window.slipped = true');"
        "document.body.append(button);"
        "button.click();"
        "return window.slipped === true");
    CHECK(ran == false);
    CHECK_FALSE(browser.errors().empty());  // the browser tells what it refused
  }
}

// Paths that lead out of where they begin. No file is opened by what a request says: those of the
// documentation lie in the binary.
#include <doctest/doctest.h>

#include <string>

#include "conftest.hpp"

using namespace app;

namespace {

const std::string steps_out[] = {
    "..",
    "../",
    "%2e%2e",
    "%2e%2e%2f",
    "..%2f",
    "..%5c",
    "..\\",
    "%252e%252e/",
    "..;/",
    "%c0%ae%c0%ae/",
    "....//",
    "%00",
    "/",
    "//",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "file:///etc/passwd",
    "C:\\boot.ini",
    "%e2%80%a5/",
    "a%00.js",
};

}  // namespace

TEST_CASE("no path leads out of the documentation's files, or anywhere that is no route") {
  auto app = create_test_app();
  auto client = TestClient(app, {.raise_server_exceptions = false, .follow_redirects = false});
  for (const std::string base : {"/docs/", "/docs/assets/", "/redoc/", "/api/v1/users/", "/health/",
                                 "/api/v1/users/me/", "/"}) {
    for (const auto& step : steps_out) {
      for (const auto& path : {base + step, base + step + "/" + step + "/etc/passwd"}) {
        CAPTURE(path);
        const auto response = client.get(path);
        // 401: a route that was meant, which asks who it is.
        CHECK((response.status == 404 || response.status == 405 || response.status == 307 ||
               response.status == 401 || path == "//" || response.status == 400));
        CHECK(response.text.find("root:") == std::string::npos);
        const auto location = std::string(response.headers.get("location").value_or(""));
        CHECK((location.empty() || location.front() == '/'));
        CHECK((location.size() < 2 || (location[1] != '/' && location[1] != '\\')));
      }
    }
  }
}

#include "docs/docs.hpp"

#include <doctest/doctest.h>

#include <string>

#include "docs/pages.hpp"
#include "docs_assets/assets.hpp"
#include "http/gzip.hpp"
#include "plinth/testing.hpp"

using namespace plinth;

namespace {

Json ping() { return "pong"; }

std::string header(const TestResponse& response, std::string_view name) {
  auto value = response.headers.get(name);
  return value ? std::string(*value) : "(none)";
}

// The value of the first `name="…"` after `from`.
std::string attribute(const std::string& html, const std::string& name,
                      const std::string& from = "") {
  auto at = html.find(name + "=\"", html.find(from));
  REQUIRE(at != std::string::npos);
  at += name.size() + 2;
  return html.substr(at, html.find('"', at) - at);
}

}  // namespace

TEST_CASE("the page of Swagger UI is FastAPI's, with files from this server") {
  const auto html = docs::swagger_ui_html({.title = "App - Swagger UI",
                                           .openapi_url = "/openapi.json",
                                           .oauth2_redirect_url = "/docs/oauth2-redirect",
                                           .css_url = "/a.css",
                                           .script_url = "/a.js",
                                           .favicon_url = "/a.png"});
  CHECK(html == R"(
    <!DOCTYPE html>
    <html>
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1.0">
    <link type="text/css" rel="stylesheet" href="/a.css">
    <link rel="shortcut icon" href="/a.png">
    <title>App - Swagger UI</title>
    </head>
    <body>
    <div id="swagger-ui">
    </div>
    <script src="/a.js"></script>
    <!-- `SwaggerUIBundle` is now available on the page -->
    <script>
    const ui = SwaggerUIBundle({
        url: '/openapi.json',
    "dom_id": "#swagger-ui",
"layout": "BaseLayout",
"deepLinking": true,
"showExtensions": true,
"showCommonExtensions": true,
oauth2RedirectUrl: window.location.origin + '/docs/oauth2-redirect',
    presets: [
        SwaggerUIBundle.presets.apis,
        SwaggerUIBundle.SwaggerUIStandalonePreset
        ],
    })
    </script>
    </body>
    </html>
    )");
}

TEST_CASE("parameters of Swagger UI are added or replaced, and nothing ends its script") {
  const auto html =
      docs::swagger_ui_html({.title = "</title><script>alert(1)</script>",
                             .openapi_url = "/o'</script>.json",
                             .parameters = R"({"deepLinking": false, "x": "</script>&"})"_json,
                             .init_oauth = R"({"clientId": "<c>"})"_json});
  CHECK(html.find("\"deepLinking\": false,\n") != std::string::npos);
  CHECK(html.find("\"x\": \"\\u003c/script\\u003e\\u0026\",\n") != std::string::npos);
  CHECK(html.find("url: '/o\\'\\u003c/script\\u003e.json',") != std::string::npos);
  CHECK(html.find("ui.initOAuth({\"clientId\":\"\\u003cc\\u003e\"})") != std::string::npos);
  CHECK(html.find("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>") !=
        std::string::npos);
  CHECK(html.find("oauth2RedirectUrl") == std::string::npos);
}

TEST_CASE("the documentation answers GET and HEAD and nothing else") {
  auto app = App({.title = "Shop"});
  app.get<ping>("/ping");
  auto client = TestClient(app);
  for (const char* path : {"/docs", "/redoc", "/docs/oauth2-redirect"}) {
    CAPTURE(path);
    CHECK(client.get(path).status == 200);
    CHECK(header(client.get(path), "content-type") == "text/html; charset=utf-8");
    CHECK(client.head(path).status == 200);
    auto posted = client.post(path, {});
    CHECK(posted.status == 405);
    CHECK(header(posted, "allow") == "GET, HEAD");
  }
  auto document = client.get("/openapi.json");
  CHECK(header(document, "content-type") == "application/json");
  CHECK(document.json["paths"].size() == 1);
  CHECK(document.json["paths"].contains("/ping"));
}

TEST_CASE("no page loads anything from elsewhere") {
  auto app = App();
  auto client = TestClient(app);
  for (const char* path : {"/docs", "/redoc", "/docs/oauth2-redirect"}) {
    CAPTURE(path);
    const auto text = client.get(path).text;
    CHECK(text.find("http://") == std::string::npos);
    CHECK(text.find("https://") == std::string::npos);
  }
}

TEST_CASE("the files of the pages are there, gzipped or not, and may be kept for ever") {
  if (docs_assets::assets().empty()) return;  // built without them
  auto app = App();
  auto client = TestClient(app);
  const auto docs = client.get("/docs").text;
  const auto redoc = client.get("/redoc").text;
  const std::pair<std::string, std::string> files[] = {
      {attribute(docs, "href", "stylesheet"), "text/css; charset=utf-8"},
      {attribute(docs, "href", "shortcut icon"), "image/png"},
      {attribute(docs, "src"), "text/javascript; charset=utf-8"},
      {attribute(redoc, "src"), "text/javascript; charset=utf-8"}};
  for (const auto& [url, media_type] : files) {
    CAPTURE(url);
    auto packed = client.get(url, {{"accept-encoding", "gzip"}});
    CHECK(packed.status == 200);
    CHECK(header(packed, "content-type") == media_type);
    CHECK(header(packed, "content-encoding") == "gzip");
    CHECK(header(packed, "cache-control") == "public, max-age=31536000, immutable");
    CHECK(header(packed, "vary") == "Accept-Encoding");

    auto plain = client.get(url);
    CHECK(header(plain, "content-encoding") == "(none)");
    CHECK(http::gunzip(packed.text, 10'000'000) == plain.text);
    CHECK(plain.text.find("://cdn.") == std::string::npos);
  }
}

TEST_CASE("each page can be renamed, given parameters, or left out") {
  auto app = App({.openapi_url = "/api.json",
                  .docs_url = "/help",
                  .redoc_url = std::nullopt,
                  .swagger_ui_oauth2_redirect_url = std::nullopt,
                  .swagger_ui_parameters = R"({"persistAuthorization": true})"_json,
                  .swagger_ui_init_oauth = R"({"clientId": "shop"})"_json});
  auto client = TestClient(app);
  CHECK(client.get("/api.json").status == 200);
  const auto help = client.get("/help").text;
  CHECK(help.find("url: '/api.json'") != std::string::npos);
  CHECK(help.find("\"persistAuthorization\": true,\n") != std::string::npos);
  CHECK(help.find("ui.initOAuth({\"clientId\":\"shop\"})") != std::string::npos);
  CHECK(client.get("/redoc").status == 404);
  CHECK(client.get("/docs").status == 404);
  CHECK(client.get("/docs/oauth2-redirect").status == 404);

  auto silent = App({.openapi_url = std::nullopt});
  auto other = TestClient(silent);
  CHECK(other.get("/openapi.json").status == 404);
  CHECK(other.get("/docs").status == 404);
  CHECK(other.get("/redoc").status == 404);
}

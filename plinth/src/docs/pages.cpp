#include "docs/pages.hpp"

#include <utility>

namespace plinth::docs {
namespace {

std::string html_text(std::string_view text) {
  std::string made;
  for (char c : text) {
    switch (c) {
      case '&':
        made += "&amp;";
        break;
      case '<':
        made += "&lt;";
        break;
      case '>':
        made += "&gt;";
        break;
      case '"':
        made += "&quot;";
        break;
      default:
        made += c;
    }
  }
  return made;
}

// JSON that may stand inside of <script>.
std::string script_json(const Json& value) {
  std::string made;
  for (char c : value.dump()) {
    switch (c) {
      case '&':
        made += "\\u0026";
        break;
      case '<':
        made += "\\u003c";
        break;
      case '>':
        made += "\\u003e";
        break;
      default:
        made += c;
    }
  }
  return made;
}

// A text literal of JavaScript in single quotes, as FastAPI quotes URLs.
std::string script_text(std::string_view text) {
  auto json = script_json(Json(text));
  std::string made = "'";
  for (std::size_t i = 1; i + 1 < json.size(); ++i) {
    if (json[i] == '\\' && json[i + 1] == '"') continue;  // \" needs no escape here
    if (json[i] == '\'') made += '\\';
    made += json[i];
  }
  return made + "'";
}

Json all_parameters(const Json& given) {
  auto made = Json::object({{"dom_id", "#swagger-ui"},
                            {"layout", "BaseLayout"},
                            {"deepLinking", true},
                            {"showExtensions", true},
                            {"showCommonExtensions", true}});
  if (given.is_object()) {
    for (const auto& [name, value] : given.members()) made[name] = value;
  }
  return made;
}

}  // namespace

std::string swagger_ui_html(const SwaggerUi& page) {
  std::string html = R"(
    <!DOCTYPE html>
    <html>
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1.0">
    <link type="text/css" rel="stylesheet" href=")";
  html += html_text(page.css_url) + R"(">
    <link rel="shortcut icon" href=")";
  html += html_text(page.favicon_url) + R"(">
    <title>)";
  html += html_text(page.title) + R"(</title>
    </head>
    <body>
    <div id="swagger-ui">
    </div>
    <script src=")";
  html += html_text(page.script_url) + R"("></script>
    <!-- `SwaggerUIBundle` is now available on the page -->
    <script>
    const ui = SwaggerUIBundle({
        url: )";
  html += script_text(page.openapi_url) + ",\n    ";
  const auto parameters = all_parameters(page.parameters);
  for (const auto& [name, value] : parameters.members()) {
    html += script_json(name) + ": " + script_json(value) + ",\n";
  }
  if (!page.oauth2_redirect_url.empty()) {
    html += "oauth2RedirectUrl: window.location.origin + " + script_text(page.oauth2_redirect_url) +
            ",";
  }
  html += R"(
    presets: [
        SwaggerUIBundle.presets.apis,
        SwaggerUIBundle.SwaggerUIStandalonePreset
        ],
    }))";
  if (page.init_oauth.is_object()) {
    html += "\n        ui.initOAuth(" + script_json(page.init_oauth) + ")\n        ";
  }
  return html + R"(
    </script>
    </body>
    </html>
    )";
}

std::string redoc_html(const Redoc& page) {
  return R"(
    <!DOCTYPE html>
    <html>
    <head>
    <title>)" +
         html_text(page.title) + R"(</title>
    <!-- needed for adaptive design -->
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="shortcut icon" href=")" +
         html_text(page.favicon_url) + R"(">
    <!--
    ReDoc doesn't change outer page styles
    -->
    <style>
      body {
        margin: 0;
        padding: 0;
      }
    </style>
    </head>
    <body>
    <noscript>
        ReDoc requires Javascript to function. Please enable it to browse the documentation.
    </noscript>
    <redoc spec-url=")" +
         html_text(page.openapi_url) + R"("></redoc>
    <script src=")" +
         html_text(page.script_url) + R"("> </script>
    </body>
    </html>
    )";
}

// What Swagger UI expects of the page: swagger-ui 5, core/oauth2-authorize.js
std::string_view oauth2_redirect_html() {
  return R"html(
    <!doctype html>
    <html lang="en-US">
    <head>
        <meta charset="utf-8">
        <title>Swagger UI: OAuth2 Redirect</title>
    </head>
    <body>
    <script>
        'use strict';
        (function () {
            const oauth2 = window.opener.swaggerUIRedirectOauth2;
            const inHash = /code|token|error/.test(window.location.hash);
            const sent = inHash ? window.location.hash.slice(1).replace('?', '&')
                                : window.location.search.slice(1);
            const answer = Object.fromEntries(new URLSearchParams(sent));
            const isValid = answer.state === oauth2.state;
            const flow = oauth2.auth.schema.get('flow');
            const byCode = ['accessCode', 'authorizationCode', 'authorization_code'].includes(flow);

            function report(level, message) {
                oauth2.errCb({authId: oauth2.auth.name, source: 'auth', level: level, message: message});
            }

            if (!byCode || oauth2.auth.code) {
                oauth2.callback({auth: oauth2.auth, token: answer, isValid: isValid,
                                 redirectUrl: oauth2.redirectUrl});
            } else {
                if (!isValid) {
                    report('warning', 'Authorization may be unsafe: the server did not return the ' +
                                      'state that was passed to it.');
                }
                if (answer.code) {
                    delete oauth2.state;
                    oauth2.auth.code = answer.code;
                    oauth2.callback({auth: oauth2.auth, redirectUrl: oauth2.redirectUrl});
                } else {
                    const why = answer.error
                        ? '[' + answer.error + ']: ' + (answer.error_description || '') + ' ' +
                          (answer.error_uri || '')
                        : '[Authorization failed]: no accessCode received from the server.';
                    report('error', why);
                }
            }
            window.close();
        })();
    </script>
    </body>
    </html>
    )html";
}

std::string no_assets_html(std::string_view title, std::string_view openapi_url) {
  return "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>" + html_text(title) +
         "</title>\n</head>\n<body>\n<p>This program was built without Swagger UI and ReDoc. The "
         "OpenAPI document is at <a href=\"" +
         html_text(openapi_url) + "\">" + html_text(openapi_url) + "</a>.</p>\n</body>\n</html>\n";
}

}  // namespace plinth::docs

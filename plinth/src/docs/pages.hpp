// The HTML of /docs and /redoc, as FastAPI 0.143 writes it, with scripts and styles from this
// program instead of a CDN.
#pragma once

#include <string>
#include <string_view>

#include "plinth/json.hpp"

namespace plinth::docs {

/// Texts from the application are escaped for where they stand.
struct SwaggerUi {
  std::string_view title;
  std::string_view openapi_url;
  std::string_view oauth2_redirect_url = {};  // "" for none
  Json parameters = {};                       // of SwaggerUIBundle; an object, or null
  Json init_oauth = {};                       // of ui.initOAuth; an object, or null
  std::string_view css_url;
  std::string_view script_url;
  std::string_view favicon_url;
};
std::string swagger_ui_html(const SwaggerUi& page);

struct Redoc {
  std::string_view title;
  std::string_view openapi_url;
  std::string_view script_url;
  std::string_view favicon_url;
};
std::string redoc_html(const Redoc& page);

/// The page that an authorization server sends the browser back to; it hands its answer to the
/// Swagger UI that opened it.
std::string_view oauth2_redirect_html();

/// Instead of both when the program was built without their scripts.
std::string no_assets_html(std::string_view title, std::string_view openapi_url);

}  // namespace plinth::docs

#include "docs/docs.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "docs/pages.hpp"
#include "docs/policy.hpp"
#include "docs_assets/assets.hpp"
#include "http/accept_encoding.hpp"
#include "http/gzip.hpp"
#include "openapi/openapi.hpp"
#include "routing/app_state.hpp"

namespace plinth::docs {
namespace {

using docs_assets::Asset;

constexpr std::string_view html_type = "text/html; charset=utf-8";
constexpr std::size_t asset_bytes_limit = std::size_t{16} * 1024 * 1024;

class OpenApiHandler final : public detail::PlainHandler {
 public:
  OpenApiHandler(const AppOptions& options, const std::vector<detail::Route>& routes)
      : options_(options), routes_(routes) {}

  Response handle(const Request&) override { return {.static_body = text()}; }

 private:
  // Older texts stay: a response may still be on its way.
  std::string_view text() {
    const std::lock_guard lock(mutex_);
    if (texts_.empty() || described_ != routes_.size()) {
      texts_.push_back(openapi::document(options_, routes_).dump());
      described_ = routes_.size();
    }
    return texts_.back();
  }

  const AppOptions& options_;
  const std::vector<detail::Route>& routes_;
  std::mutex mutex_;
  std::deque<std::string> texts_;
  std::size_t described_ = 0;
};

// A page runs its own scripts and no others, and asks this server and those that the document
// names.
class PageHandler final : public detail::PlainHandler {
 public:
  PageHandler(std::string html, const AppOptions& options, const std::vector<detail::Route>& routes)
      : html_(std::move(html)), options_(options), routes_(routes) {}

  Response handle(const Request&) override {
    Response response{.static_body = html_, .media_type = html_type};
    response.headers.append("content-security-policy", policy());
    // An authorization server's page, which Authorize opens, comes back to this one as its opener.
    response.headers.append("cross-origin-opener-policy", "unsafe-none");
    return response;
  }

 private:
  std::string policy() {
    const std::lock_guard lock(mutex_);
    if (policy_.empty() || described_ != routes_.size()) {
      policy_ = content_security_policy(html_, openapi::document(options_, routes_));
      described_ = routes_.size();
    }
    return policy_;
  }

  std::string html_;
  const AppOptions& options_;
  const std::vector<detail::Route>& routes_;
  std::mutex mutex_;
  std::string policy_;
  std::size_t described_ = 0;
};

class AssetHandler final : public detail::PlainHandler {
 public:
  explicit AssetHandler(const Asset& asset) : asset_(asset) {}

  Response handle(const Request& request) override {
    Response response{.media_type = asset_.media_type};
    // The URL names the content, so that it never changes.
    response.headers.append("cache-control", "public, max-age=31536000, immutable");
    response.headers.append("vary", "Accept-Encoding");
    if (http::accepts_gzip(request)) {
      response.headers.append("content-encoding", "gzip");
      response.static_body = asset_.gzip_bytes;
    } else {
      response.static_body = inflated();
    }
    return response;
  }

 private:
  // Rarely asked for, but then kept: inflating takes longer than a loop may be held.
  std::string_view inflated() {
    const std::lock_guard lock(mutex_);
    if (inflated_.empty()) inflated_ = http::gunzip(asset_.gzip_bytes, asset_bytes_limit).value();
    return inflated_;
  }

  const Asset& asset_;
  std::mutex mutex_;
  std::string inflated_;
};

detail::Route plain_route(std::string path, std::string name,
                          std::shared_ptr<detail::PlainHandler> handler) {
  return {.methods = {"GET", "HEAD"},
          .path = std::move(path),
          .endpoint = {},
          .options = {.name = std::move(name), .include_in_schema = false, .access = Access::open},
          .plain = std::move(handler)};
}

// FNV-1a over all assets: what makes their URLs change when they do.
std::string assets_version() {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const auto& asset : docs_assets::assets()) {
    for (char c : asset.gzip_bytes) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
  }
  std::string text;
  for (int i = 0; i < 8; ++i, hash >>= 4) text += "0123456789abcdef"[hash & 15];
  return text;
}

std::string assets_prefix(std::string_view below) {
  static const std::string version = assets_version();
  std::string prefix(below == "/" ? "" : below);
  return prefix + "/assets/" + version + "/";
}

struct Site {
  const AppOptions& options;
  const std::vector<detail::Route>& described;  // all of the app
  std::string assets;
  std::vector<detail::Route> routes = {};

  std::string url(std::string_view asset) const { return assets + std::string(asset); }

  void add_page(const std::string& path, std::string name, std::string html) {
    routes.push_back(plain_route(
        path, std::move(name), std::make_shared<PageHandler>(std::move(html), options, described)));
  }
  void add_swagger_ui() {
    const auto redirect = options.swagger_ui_oauth2_redirect_url.value_or("");
    const auto title = options.title + " - Swagger UI";
    const auto css = url("swagger-ui.css");
    const auto script = url("swagger-ui-bundle.js");
    const auto favicon = url("favicon-32x32.png");
    add_page(*options.docs_url, "swagger_ui_html",
             docs_assets::assets().empty()
                 ? no_assets_html(title, *options.openapi_url)
                 : swagger_ui_html({.title = title,
                                    .openapi_url = *options.openapi_url,
                                    .oauth2_redirect_url = redirect,
                                    .parameters = options.swagger_ui_parameters,
                                    .init_oauth = options.swagger_ui_init_oauth,
                                    .css_url = css,
                                    .script_url = script,
                                    .favicon_url = favicon}));
    if (!redirect.empty()) {
      add_page(redirect, "swagger_ui_redirect", std::string(oauth2_redirect_html()));
    }
  }
  void add_redoc() {
    const auto title = options.title + " - ReDoc";
    const auto script = url("redoc.standalone.js");
    const auto favicon = url("favicon-32x32.png");
    add_page(*options.redoc_url, "redoc_html",
             docs_assets::assets().empty() ? no_assets_html(title, *options.openapi_url)
                                           : redoc_html({.title = title,
                                                         .openapi_url = *options.openapi_url,
                                                         .script_url = script,
                                                         .favicon_url = favicon}));
  }
  void add_assets() {
    for (const auto& asset : docs_assets::assets()) {
      routes.push_back(
          plain_route(url(asset.name), "docs_asset", std::make_shared<AssetHandler>(asset)));
    }
  }
};

bool is_on(const std::optional<std::string>& url) { return url && !url->empty(); }

}  // namespace

std::vector<detail::Route> documentation_routes(const AppOptions& options,
                                                const std::vector<detail::Route>& routes) {
  if (!is_on(options.openapi_url)) return {};
  const bool has_docs = is_on(options.docs_url);
  const bool has_redoc = is_on(options.redoc_url);
  Site site{options, routes,
            assets_prefix(has_docs    ? *options.docs_url
                          : has_redoc ? *options.redoc_url
                                      : "/")};
  site.routes.push_back(plain_route(*options.openapi_url, "openapi",
                                    std::make_shared<OpenApiHandler>(options, routes)));
  if (has_docs) site.add_swagger_ui();
  if (has_redoc) site.add_redoc();
  if (has_docs || has_redoc) site.add_assets();
  return std::move(site.routes);
}

}  // namespace plinth::docs

namespace plinth::detail {

void add_docs_routes(AppState& app) {
  for (auto& route : docs::documentation_routes(app.options, app.router.routes())) {
    app.router.add_route(std::move(route));
  }
}

}  // namespace plinth::detail

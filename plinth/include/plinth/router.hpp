// Routes: which function answers which method and path. Stands for FastAPI's APIRouter.
// Example: plinth/examples/03_parameters.cpp
//
//   Router router() {
//     return Router({.prefix = "/items", .tags = {"items"}})
//         .get<list_items>("")
//         .get<read_item>("/{id}")
//         .post<create_item>("", {.status = 201});
//   }
//
// Path parameters: {id} is one segment, {n:int}, {x:float} and {u:uuid} match only such,
// {rest:path} takes slashes too. The first route that matches path and method answers, in the order
// of adding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/datetime.hpp"
#include "plinth/detail/callable.hpp"
#include "plinth/http.hpp"
#include "plinth/params.hpp"

namespace plinth {

/// An answer that the documentation mentions besides the usual ones.
struct AdditionalResponse {
  std::string status;  // "404", "5XX", "default"
  std::string description = {};
  detail::TypeFn model = nullptr;  // `model<Problem>`
};

/// The schema of an AdditionalResponse.
template <class T>
inline constexpr detail::TypeFn model = &detail::type_of<T>;

/// Who may ask a route. One with a security scheme among its dependencies is guarded and need not
/// say so.
enum class Access : std::uint8_t {
  undeclared,
  open,     // anybody
  guarded,  // the handler looks after it itself
};

/// That a route, or a version of the API, will go: Deprecation (RFC 9745), Sunset (RFC 8594) and
/// Link fields of its answers, and `deprecated` in OpenAPI.
struct Deprecation {
  DateTime since;                       // may be in the future
  std::optional<DateTime> sunset = {};  // from then on it may be gone; not before `since`
  std::string successor = {};           // "/api/v2/users": Link rel="successor-version"
  std::string documentation = {};       // a URL: Link rel="deprecation"
};

struct RouteOptions {
  int status = 200;
  std::string name = {};         // the function's unless given
  std::string summary = {};      // the name in words unless given
  std::string description = {};  // Markdown
  std::vector<std::string> tags = {};
  bool deprecated = false;
  bool include_in_schema = true;
  std::string operation_id = {};  // name, path and method unless given
  std::string response_description = "Successful Response";
  std::vector<AdditionalResponse> responses = {};
  std::vector<detail::Parameter> dependencies = {};  // {depends<verify_token>}
  // Not JSON: the handler returns a std::string, which is the body.
  std::string_view media_type = "application/json";
  bool response_model_exclude_none = false;
  bool response_model_exclude_defaults = false;
  bool response_model_by_alias = true;
  // False: written and documented as FastAPI does without a response model. Times end in "+00:00",
  // durations are seconds, decimals are numbers.
  bool response_model = true;
  Access access = Access::undeclared;
  std::optional<Deprecation> deprecation = {};
  // Limits of this route; 0: those of the server.
  std::int64_t deadline_ms = 0;     // for the handler, from the request's arrival; then 503
  std::size_t concurrency_max = 0;  // handlers that run at once in this process; one more is 503
  std::size_t body_bytes_max = 0;   // more is 413
};

/// Of a Router, and of including one: what goes before, or to, each of its routes.
struct RouterOptions {
  std::string prefix = {};  // "/api/v1"; no slash at the end
  std::vector<std::string> tags = {};
  std::vector<detail::Parameter> dependencies = {};
  std::vector<AdditionalResponse> responses = {};
  bool deprecated = false;
  bool include_in_schema = true;
  Access access = Access::undeclared;           // of routes that do not say
  std::optional<Deprecation> deprecation = {};  // likewise
};

namespace detail {

// A route that answers by itself: the documentation, the metrics. No parameters, no validation.
struct PlainHandler {
  virtual ~PlainHandler() = default;
  virtual Response handle(const Request& request) = 0;
};

struct Route {
  std::vector<std::string> methods;
  std::string path;      // the template, prefixes included
  Endpoint endpoint;     // empty when `plain`
  RouteOptions options;  // tags, responses, dependencies: the outermost router's first
  std::shared_ptr<PlainHandler> plain = nullptr;

  std::string_view name() const {
    return !options.name.empty() || plain ? std::string_view(options.name)
                                          : endpoint.callable->name;
  }
};

// get, post and so on, for whoever has add_route.
template <class Self>
class RouteMethods {
 public:
  template <auto Fn>
  Self& get(std::string path, RouteOptions options = {}) {
    return add<Fn>({"GET"}, std::move(path), std::move(options));
  }
  template <auto Fn>
  Self& post(std::string path, RouteOptions options = {}) {
    return add<Fn>({"POST"}, std::move(path), std::move(options));
  }
  template <auto Fn>
  Self& put(std::string path, RouteOptions options = {}) {
    return add<Fn>({"PUT"}, std::move(path), std::move(options));
  }
  template <auto Fn>
  Self& patch(std::string path, RouteOptions options = {}) {
    return add<Fn>({"PATCH"}, std::move(path), std::move(options));
  }
  /// DELETE; `delete` is a C++ keyword.
  template <auto Fn>
  Self& del(std::string path, RouteOptions options = {}) {
    return add<Fn>({"DELETE"}, std::move(path), std::move(options));
  }
  template <auto Fn>
  Self& head(std::string path, RouteOptions options = {}) {
    return add<Fn>({"HEAD"}, std::move(path), std::move(options));
  }
  template <auto Fn>
  Self& options(std::string path, RouteOptions route_options = {}) {
    return add<Fn>({"OPTIONS"}, std::move(path), std::move(route_options));
  }
  template <auto Fn>
  Self& api_route(std::vector<std::string> methods, std::string path, RouteOptions options = {}) {
    return add<Fn>(std::move(methods), std::move(path), std::move(options));
  }

 private:
  template <auto Fn>
  Self& add(std::vector<std::string> methods, std::string path, RouteOptions route_options) {
    auto& self = static_cast<Self&>(*this);
    self.add_route({.methods = std::move(methods),
                    .path = std::move(path),
                    .endpoint = endpoint_of<Fn>,
                    .options = std::move(route_options)});
    return self;
  }
};

template <class Function>
struct PlainFunctionHandler final : PlainHandler {
  explicit PlainFunctionHandler(Function f) : function(std::move(f)) {}
  Response handle(const Request& request) override { return function(request); }
  Function function;
};

}  // namespace detail

/// Throws std::invalid_argument, naming the route, for a path or prefix that cannot be meant.
class Router : public detail::RouteMethods<Router> {
 public:
  explicit Router(RouterOptions options = {});

  /// Takes over the routes that `router` has now: prefix, tags, dependencies and responses go this
  /// router's first, then those of `include_options`, then `router`'s own.
  Router& include(const Router& router, RouterOptions include_options = {});

  /// A route outside of validation; `handle` is `Response(const Request&)`.
  template <class Function>
  Router& add_plain(std::vector<std::string> methods, std::string path, Function handle,
                    RouteOptions route_options = {.include_in_schema = false}) {
    add_route(
        {.methods = std::move(methods),
         .path = std::move(path),
         .endpoint = {},
         .options = std::move(route_options),
         .plain = std::make_shared<detail::PlainFunctionHandler<Function>>(std::move(handle))});
    return *this;
  }
  Router& add_route(detail::Route route);

  const std::vector<detail::Route>& routes() const { return routes_; }

 private:
  RouterOptions options_;
  std::vector<detail::Route> routes_;
};

}  // namespace plinth

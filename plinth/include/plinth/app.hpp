// The application: routes, what they share, what stands around them. Stands for FastAPI's FastAPI.
// Example: plinth/examples/01_hello.cpp
//
//   App create_app(Settings settings) {
//     auto app = App({.title = "Shop"});
//     app.provide(Engine(settings.database_url));
//     app.use(Gzip{.minimum_size = 1024});
//     app.include(items::router(), {.prefix = "/api"});
//     return app;
//   }
//
// Made by one thread; once started it serves from many and is not changed any more, except by tests
// between requests (override).
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/detail/callable.hpp"
#include "plinth/detail/handler.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/error.hpp"
#include "plinth/router.hpp"

namespace plinth {

struct Contact {
  std::string name = {};
  std::string url = {};
  std::string email = {};
};
struct LicenseInfo {
  std::string name;
  std::string identifier = {};  // SPDX
  std::string url = {};
};
struct ServerInfo {
  std::string url;
  std::string description = {};
};
struct TagInfo {
  std::string name;
  std::string description = {};
};

struct AppOptions {
  std::string title = "FastAPI";
  std::string version = "0.1.0";
  std::string summary = {};
  std::string description = {};  // Markdown
  std::string terms_of_service = {};
  std::optional<Contact> contact = {};
  std::optional<LicenseInfo> license_info = {};
  std::vector<ServerInfo> servers = {};
  std::vector<TagInfo> openapi_tags = {};
  // Empty: none. Without openapi_url there is no documentation at all.
  std::optional<std::string> openapi_url = "/openapi.json";
  std::optional<std::string> docs_url = "/docs";
  std::optional<std::string> redoc_url = "/redoc";
  std::optional<std::string> swagger_ui_oauth2_redirect_url = "/docs/oauth2-redirect";
  Json swagger_ui_parameters = {};                   // an object: {"persistAuthorization": true}
  Json swagger_ui_init_oauth = {};                   // an object: {"clientId": "shop"}
  std::vector<detail::Parameter> dependencies = {};  // of every route: {depends<verify_token>}
  std::vector<AdditionalResponse> responses = {};
  bool include_in_schema = true;
  bool redirect_slashes = true;     // "/items/" to "/items" and back, by 307
  bool strict_content_type = true;  // a body without a JSON content type is no JSON
  // True: the app does not start with a route whose Access nobody declared.
  bool require_access = false;
};

/// What is wrong with a request: the 422. Thrown by nobody; exception handlers may take it.
struct RequestValidationError : std::exception {
  explicit RequestValidationError(Json problems) : errors(std::move(problems)) {}
  const char* what() const noexcept override { return "request validation error"; }
  Json errors;  // the array that the default answer has under "detail"
};

namespace detail {
struct AppState;
}

/// The rest of the way to the route: `auto response = co_await next(request);`
class Next {
 public:
  Task<Response> operator()(Request& request) const;

 private:
  friend struct detail::AppState;
  Next(const detail::AppState& app, std::size_t outer) : app_(&app), outer_(outer) {}
  const detail::AppState* app_;
  std::size_t outer_;  // the middleware that asks
};

namespace detail {

using MiddlewareFn = Task<Response> (*)(Request& request, Next next);

/// A middleware that waits on the way in, for Redis or a database. Made of an option struct as
/// detail::Middleware is. Thread safety: one object serves every thread.
struct AsyncMiddleware {
  virtual ~AsyncMiddleware() = default;
  /// Answers itself, or with `co_return co_await next(request)`. What it throws is answered as a
  /// handler's exception is.
  virtual Task<Response> handle(Request& request, Next next) = 0;
};

// How an exception becomes a response.
struct ExceptionHandler {
  int status = 0;  // of an HttpError; 0: any
  const TypeKey* type;
  const void* (*find)(const std::exception_ptr& error);  // null when it is of another type
  Way way;
  void (*call)(const Request& request, const void* error, void* place);
  void (*take)(const Coroutine& done, void* place);
};

template <class Function>
struct ExceptionSignature {
  static constexpr bool good = false;
};
template <class R, class Error>
  requires std::is_same_v<typename Result<R>::Value, Response>
struct ExceptionSignature<R (*)(const Request&, const Error&)> {
  static constexpr bool good = true;

  static const void* find(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const Error& found) {
      return &found;  // lives as long as `error`
    } catch (...) {
      return nullptr;
    }
  }
  template <auto Fn>
  static constexpr ExceptionHandler make(int status) {
    return {.status = status,
            .type = &type_key<Error>,
            .find = &find,
            .way = Result<R>::way,
            .call =
                [](const Request& request, const void* error, void* place) {
                  put_result<R>(
                      [&]() -> R { return Fn(request, *static_cast<const Error*>(error)); }, place);
                },
            .take = &take_task<Response>};
  }
};

// What the app owns and lends to parameters by reference.
struct Provided {
  const TypeKey* type;
  std::shared_ptr<void> object;
};

}  // namespace detail

class App final : public detail::Handler, public detail::RouteMethods<App> {
 public:
  explicit App(AppOptions options = {});
  App(App&&) noexcept;
  App& operator=(App&&) noexcept;
  ~App() override;

  App& include(const Router& router, RouterOptions include_options = {});
  App& add_route(detail::Route route);

  /// Keeps `value` for every parameter `const T&` or `T&`. Destroyed with the app, in reverse order
  /// of providing. One of a type; a second replaces the first.
  template <class T>
  App& provide(T value) {
    add_provided({&detail::type_key<T>, std::make_shared<T>(std::move(value))});
    return *this;
  }
  /// What was provided; null when it was not.
  template <class T>
  T* find_provided() const {
    return static_cast<T*>(find_provided(detail::type_key<T>));
  }
  /// What was provided; std::logic_error naming the type when it was not.
  template <class T>
  T& provided() {
    return *static_cast<T*>(get_provided(detail::type_key<T>));
  }

  /// Puts a middleware around all before it: the last one added sees a request first. `options` is
  /// Cors{…}, Gzip{…} and so on.
  template <class Options>
  App& use(Options options) {
    add_middleware(make_middleware(std::move(options)));
    return *this;
  }
  /// The same with a function of the application's: Task<Response> fn(Request&, Next).
  template <auto Fn>
  App& middleware() {
    static_assert(std::is_convertible_v<decltype(Fn), detail::MiddlewareFn>,
                  "plinth: a middleware is Task<Response> fn(Request& request, Next next)");
    if constexpr (std::is_convertible_v<decltype(Fn), detail::MiddlewareFn>) add_middleware(Fn);
    return *this;
  }
  App& add_middleware(std::unique_ptr<detail::Middleware> middleware);
  App& add_middleware(std::unique_ptr<detail::AsyncMiddleware> middleware);
  App& add_middleware(detail::MiddlewareFn function);

  /// Response fn(const Request&, const MyError&), or a Task of one, answers when a handler or
  /// dependency throws that type. The first one added that fits is taken: derived before base.
  template <auto Fn>
  App& exception_handler(int status = 0) {
    using Signature = detail::ExceptionSignature<decltype(Fn)>;
    static_assert(Signature::good,
                  "plinth: an exception handler is Response fn(const Request&, const Error&), or "
                  "returns Task<Response>");
    if constexpr (Signature::good) add_exception_handler(Signature::template make<Fn>(status));
    return *this;
  }

  /// Runs before the first request; parameters are what the app provides.
  template <auto Fn>
  App& on_startup() {
    return add_startup(detail::callable_of<Fn>);
  }
  /// Runs after the last request, the last added first.
  template <auto Fn>
  App& on_shutdown() {
    return add_shutdown(detail::callable_of<Fn>);
  }
  /// A Yield: up to its co_yield before the first request, the rest after the last.
  template <auto Fn>
  App& lifespan() {
    static_assert(detail::callable_of<Fn>.way == detail::Way::yield,
                  "plinth: a lifespan is a function that returns Yield<T>");
    return add_startup(detail::callable_of<Fn>);
  }

  /// From the next request on `replacement`, a lambda or function, stands for the dependency
  /// `Original`; for tests. It may have parameters and must give the same type.
  template <auto Original, class Replacement>
  App& override(Replacement replacement) {
    auto closure = detail::as_closure(std::move(replacement));
    using Closure = decltype(closure);
    using Signature = detail::ClosureSignature<Closure, decltype(&Closure::operator())>;
    static_assert(
        std::is_same_v<
            std::remove_cvref_t<typename detail::Result<typename Signature::Returned>::Value>,
            typename detail::DependencyValue<Original>::type>,
        "plinth: an override gives the type that the dependency gives");
    auto kept = std::make_shared<Closure>(std::move(closure));
    detail::Callable table = Signature::callable();
    table.state = kept.get();
    add_override(detail::callable_of<Original>, table, std::move(kept));
    return *this;
  }
  template <auto Original>
  App& clear_override() {
    remove_override(detail::callable_of<Original>);
    return *this;
  }

  const AppOptions& options() const;
  using detail::RouteMethods<App>::options;  // app.options<fn>("/path")
  const std::vector<detail::Route>& routes() const;
  /// The OpenAPI document, as JSON text.
  std::string openapi() const;

  Task<void> startup() override;
  Task<void> shutdown() override;
  /// The route's body_bytes_max where it has one.
  std::size_t body_limit(const Request& request, std::size_t server_limit) override;
  Task<Response> handle(Request& request) override;
  const void* celery() const override;

  /// For the library's own extensions.
  detail::AppState& state() const { return *state_; }

 private:
  friend class TestClient;

  void add_provided(detail::Provided provided);
  void* find_provided(const detail::TypeKey& type) const;
  void* get_provided(const detail::TypeKey& type) const;
  void add_exception_handler(const detail::ExceptionHandler& handler);
  App& add_startup(const detail::Callable& function);
  App& add_shutdown(const detail::Callable& function);
  void add_override(const detail::Callable& original, const detail::Callable& replacement,
                    std::shared_ptr<void> state);
  void remove_override(const detail::Callable& original);

  std::unique_ptr<detail::AppState> state_;
};

}  // namespace plinth

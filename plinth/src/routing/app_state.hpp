// What an App is made of. Lives at one address, however its App moves.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plinth/app.hpp"
#include "routing/call.hpp"
#include "routing/plan.hpp"
#include "routing/route_table.hpp"

namespace plinth::detail {

/// Adds the documentation's routes to `app.router` before any other; what they need of `app` they
/// read when they are asked. Defined in src/openapi.
void add_docs_routes(AppState& app);

/// Thread safety: answer() from any thread once prepare() has run.
struct AppState {
  // A middleware of the library's, or a function of the application's.
  using Layer =
      std::variant<std::unique_ptr<Middleware>, std::unique_ptr<AsyncMiddleware>, MiddlewareFn>;
  struct Override {
    Callable replacement;
    std::shared_ptr<void> state;
  };

  explicit AppState(AppOptions app_options);
  ~AppState();

  /// Compiles routes and plans if something has changed. Throws std::invalid_argument.
  void prepare();
  Task<void> startup();
  Task<void> shutdown();
  /// Asks the layers from `outer` - 1 inwards, then the route.
  Task<Response> answer(Request& request, std::size_t outer) const;

  /// The bytes of body that the route of this request, whose head alone is there, may have.
  std::size_t body_limit(const Request& request, std::size_t server_limit) const;

  AppOptions options;
  Router router;
  std::vector<Provided> provided;
  std::vector<Layer> layers;  // the last is outermost
  std::vector<ExceptionHandler> exception_handlers;
  std::vector<const Callable*> startup_functions;
  std::vector<const Callable*> shutdown_functions;
  std::map<const Callable*, Override> overrides;
  const void* celery = nullptr;  // a Celery::Impl, see plinth/tasks.hpp
  bool prepared = false;
  std::exception_ptr* unhandled = nullptr;  // a test client's: where a 500's reason goes

 private:
  struct Compiled;
  // A function that runs at start-up; a lifespan stays entered.
  struct Started {
    std::unique_ptr<routing::Plan> plan;
    std::unique_ptr<routing::Call> call;
  };

  static constexpr std::size_t layers_max = 16;

  Task<Response> ask_layer(const Layer& layer, Request& request, Next next) const;
  Task<Response> ask_route(Request& request) const;
  Task<Response> ask(Request& request, std::uint32_t number) const;
  Task<Response> ask_endpoint(Request& request, std::uint32_t number) const;
  Task<Response> find_redirect(Request& request) const;
  Task<Response> respond_to(const Request& request, HttpError error) const;
  Task<Response> respond_to(const Request& request, schema::Errors errors) const;
  Task<Response> respond_to(const Request& request, std::exception_ptr error) const;
  Response default_answer(const Request& request, const std::exception_ptr& error) const;
  Task<void> start(const Callable& function);
  Task<void> leave_started();

  std::unique_ptr<Compiled> compiled_;
  std::vector<Started> started_;  // lifespans, to be left in reverse
};

}  // namespace plinth::detail

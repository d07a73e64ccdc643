#include "routing/app_state.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

#include "base/trace.hpp"
#include "db/statement_span.hpp"
#include "plinth/error.hpp"
#include "routing/access.hpp"
#include "routing/answers.hpp"
#include "routing/deprecation.hpp"
#include "routing/limits.hpp"
#include "routing/redirect.hpp"

namespace plinth {

Task<Response> Next::operator()(Request& request) const { return app_->answer(request, outer_); }

namespace detail {

using routing::Call;
constexpr auto no_route = routing::RouteTable::none;

struct AppState::Compiled {
  explicit Compiled(const AppState& app)
      : table(app.router.routes()), running(app.router.routes().size()) {
    for (const auto& [original, replaced] : app.overrides) {
      overrides.emplace(original, &replaced.replacement);
    }
    const routing::PlanContext context{app.provided, overrides};
    const auto& routes = app.router.routes();
    for (const auto& route : routes) slashed.push_back(routing::other_slash(route.path));
    plans.reserve(routes.size());
    for (std::uint32_t i = 0; i < routes.size(); ++i) {
      deprecations.push_back(routing::deprecation_fields(routes[i]));
      plans.push_back(routes[i].plain
                          ? routing::Plan{}
                          : routing::make_plan(routes[i], table.path_template(i), context));
      limits_bodies |= routes[i].options.body_bytes_max != 0;
    }
  }

  routing::RouteTable table;
  routing::Overrides overrides;
  std::vector<routing::Plan> plans;  // one a route
  std::vector<std::string> slashed;  // the route of a redirect to it, for the metrics
  std::vector<std::vector<Headers::Field>> deprecations;
  std::vector<std::atomic<std::size_t>> running;  // handlers of a route with concurrency_max
  bool limits_bodies = false;                     // some route has body_bytes_max
};

AppState::AppState(AppOptions app_options)
    : options(std::move(app_options)),
      router({.dependencies = options.dependencies,
              .responses = options.responses,
              .include_in_schema = options.include_in_schema}) {
  add_docs_routes(*this);
}

// What was provided last goes first.
AppState::~AppState() {
  started_.clear();
  compiled_.reset();
  layers.clear();
  while (!provided.empty()) provided.pop_back();
}

void AppState::prepare() {
  if (prepared) return;
  if (layers.size() > layers_max) {
    throw std::invalid_argument("an app has at most 16 middlewares");
  }
  for (const auto& route : router.routes()) {
    if (!route.path.empty()) continue;
    throw std::invalid_argument("route \"\" (" + std::string(route.name()) +
                                "): prefix and path cannot be both empty");
  }
  if (options.require_access) routing::require_access(router.routes());
  compiled_ = std::make_unique<Compiled>(*this);
  prepared = true;
}

// ---- Layers

Task<Response> AppState::answer(Request& request, std::size_t outer) const {
  std::array<std::uint64_t, layers_max> kept{};
  std::size_t at = outer;
  Response response;
  std::exception_ptr error;
  bool goes_on = true;
  while (goes_on && at > 0) {
    const auto* middleware = std::get_if<std::unique_ptr<Middleware>>(&layers[at - 1]);
    if (!middleware) break;
    --at;
    goes_on = (*middleware)->before(request, response, kept[at]);
  }
  try {
    if (goes_on && at > 0) {
      response = co_await ask_layer(layers[at - 1], request, Next(*this, at - 1));
    } else if (goes_on) {
      response = co_await ask_route(request);
    }
  } catch (...) {
    error = std::current_exception();
  }
  if (error) response = co_await respond_to(request, std::move(error));

  for (; at < outer; ++at) {
    auto& middleware = *std::get<std::unique_ptr<Middleware>>(layers[at]);
    if (auto rest = middleware.after(request, response, kept[at])) co_await std::move(rest);
  }
  co_return response;
}

Task<Response> AppState::ask_layer(const Layer& layer, Request& request, Next next) const {
  if (const auto* function = std::get_if<MiddlewareFn>(&layer)) return (*function)(request, next);
  return std::get<std::unique_ptr<AsyncMiddleware>>(layer)->handle(request, next);
}

// ---- Routes

namespace {

Task<Response> ready(Response response) { co_return response; }

// Errors say it too: who calls a route wrongly should learn that it goes.
Task<Response> with_fields(Task<Response> answering, const std::vector<Headers::Field>& fields) {
  auto response = co_await std::move(answering);
  for (const auto& [name, value] : fields) response.headers.append(name, value);
  co_return response;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace

Task<Response> AppState::ask_route(Request& request) const {
  const auto& routes = router.routes();
  auto found = compiled_->table.find(request.method, request.path);
  if (found.full != no_route) {
    request.route = routes[found.full].path;
    const auto& deprecation = compiled_->deprecations[found.full];
    if (!deprecation.empty()) return with_fields(ask(request, found.full), deprecation);
    return ask(request, found.full);
  }
  if (found.partial != no_route) {
    request.route = routes[found.partial].path;
    return respond_to(request, HttpError(405, "Method Not Allowed",
                                         {{"allow", joined(routes[found.partial].methods)}}));
  }
  return find_redirect(request);
}

Task<Response> AppState::ask(Request& request, std::uint32_t number) const {
  const auto& route = router.routes()[number];
  if (route.plain) return ready(route.plain->handle(request));
  return ask_endpoint(request, number);
}

Task<Response> AppState::find_redirect(Request& request) const {
  if (options.redirect_slashes) {
    auto path = routing::other_slash(request.path);
    auto found = compiled_->table.find(request.method, path);
    auto number = std::min(found.full, found.partial);
    if (!path.empty() && number != no_route) {
      request.route = compiled_->slashed[number];
      return ready(routing::redirect_to(path, request));
    }
  }
  return respond_to(request, HttpError(404, "Not Found"));
}

Task<Response> AppState::ask_endpoint(Request& request, std::uint32_t number) const {
  const auto& limits = router.routes()[number].options;
  const routing::Permit permit(compiled_->running[number], limits.concurrency_max);
  routing::Deadline deadline(limits.deadline_ms);
  if (!permit.is_given() || deadline.is_over()) {
    co_return co_await respond_to(request, routing::overloaded());
  }
  std::vector<routing::Capture> captures;
  const auto& path = compiled_->table.path_template(number);
  if (!path.is_static()) path.match(request.path, captures);

  Call call(compiled_->plans[number], &router.routes()[number], &request, captures,
            options.strict_content_type);
  while (call.advance()) {
    // Only what may still be undone: a dependency that exits, perhaps with its commit, is waited
    // for.
    if (call.is_exiting()) {
      co_await call.pending();
    } else {
      co_await deadline.watch(call.pending());
      if (deadline.take_expiry()) call.give_up(routing::timed_out());
    }
  }
  auto& outcome = call.outcome();
  if (outcome.response) co_return std::move(*outcome.response);
  if (outcome.refusal) co_return co_await respond_to(request, std::move(*outcome.refusal));
  if (outcome.invalid) co_return co_await respond_to(request, std::move(*outcome.invalid));
  co_return co_await respond_to(request, std::move(outcome.error));
}

std::size_t AppState::body_limit(const Request& request, std::size_t server_limit) const {
  if (!compiled_->limits_bodies) return server_limit;
  const auto found = compiled_->table.find(request.method, request.path);
  if (found.full == no_route) return server_limit;
  const auto limit = router.routes()[found.full].options.body_bytes_max;
  return limit == 0 ? server_limit : limit;
}

// ---- Errors

namespace {

Task<Response> run_handler(const ExceptionHandler& handler, const Request& request,
                           const void* error) {
  union Place {
    Place() {}
    ~Place() {}
    Response response;
  } place;
  if (handler.way == Way::plain) {
    handler.call(request, error, &place.response);
  } else {
    Coroutine running;
    handler.call(request, error, &running);
    co_await Call::Pending{running, false};
    handler.take(running, &place.response);
  }
  Response response = std::move(place.response);
  std::destroy_at(&place.response);
  co_return response;
}

}  // namespace

// Without handlers of the application's nothing needs to be thrown.
Task<Response> AppState::respond_to(const Request& request, HttpError error) const {
  if (exception_handlers.empty()) return ready(routing::answer_to(error));
  return respond_to(request, std::make_exception_ptr(std::move(error)));
}
Task<Response> AppState::respond_to(const Request& request, schema::Errors errors) const {
  if (exception_handlers.empty()) return ready(routing::answer_to(errors));
  return respond_to(request, std::make_exception_ptr(routing::to_exception(errors)));
}

Task<Response> AppState::respond_to(const Request& request, std::exception_ptr error) const {
  for (const auto& handler : exception_handlers) {
    const void* found = handler.find(error);
    if (!found) continue;
    if (handler.status != 0 && static_cast<const HttpError*>(found)->status != handler.status) {
      continue;
    }
    std::exception_ptr thrown;
    try {
      co_return co_await run_handler(handler, request, found);
    } catch (...) {
      thrown = std::current_exception();
    }
    error = std::move(thrown);
    break;
  }
  co_return default_answer(request, error);
}

Response AppState::default_answer(const Request& request, const std::exception_ptr& error) const {
  try {
    std::rethrow_exception(error);
  } catch (const HttpError& thrown) {
    return routing::answer_to(thrown);
  } catch (const RequestValidationError& thrown) {
    return routing::answer_to(thrown);
  } catch (...) {
    routing::log_unhandled(request, error);
    if (const auto* trail = base::current_trail(); trail && trail->own) {
      trail->own->record_exception(error, !db::is_database_error(error));
    }
    if (unhandled) *unhandled = error;
    return routing::internal_server_error();
  }
}

// ---- Life

Task<void> AppState::startup() {
  prepare();
  std::exception_ptr error;
  try {
    for (const auto* function : startup_functions) co_await start(*function);
  } catch (...) {
    error = std::current_exception();
  }
  if (!error) co_return;
  co_await leave_started();
  std::rethrow_exception(error);
}

Task<void> AppState::start(const Callable& function) {
  static const std::vector<routing::Capture> no_captures;
  const routing::PlanContext context{provided, compiled_->overrides};
  auto plan = std::make_unique<routing::Plan>(routing::make_plan(function, context));
  auto call = std::make_unique<Call>(*plan, nullptr, nullptr, no_captures, true);
  call->stay();
  while (call->advance()) co_await call->pending();
  if (call->outcome().error) std::rethrow_exception(call->outcome().error);
  started_.push_back({std::move(plan), std::move(call)});
}

Task<void> AppState::shutdown() {
  std::exception_ptr error;
  for (auto i = shutdown_functions.size(); i-- > 0;) {
    try {
      co_await start(*shutdown_functions[i]);
    } catch (...) {
      error = std::current_exception();
    }
  }
  try {
    co_await leave_started();
  } catch (...) {
    error = std::current_exception();
  }
  if (error) std::rethrow_exception(error);
}

// Leaves the lifespans, the last one entered first; throws what the first bad one threw when all
// are left.
Task<void> AppState::leave_started() {
  std::exception_ptr error;
  while (!started_.empty()) {
    auto started = std::move(started_.back());
    started_.pop_back();
    started.call->leave();
    while (started.call->advance()) co_await started.call->pending();
    if (!error) error = started.call->outcome().error;
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace detail
}  // namespace plinth

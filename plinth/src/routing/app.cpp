#include "plinth/app.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "routing/app_state.hpp"

namespace plinth {

App::App(AppOptions options) : state_(std::make_unique<detail::AppState>(std::move(options))) {}
App::App(App&&) noexcept = default;
App& App::operator=(App&&) noexcept = default;
App::~App() = default;

App& App::include(const Router& router, RouterOptions include_options) {
  state_->router.include(router, std::move(include_options));
  state_->prepared = false;
  return *this;
}

App& App::add_route(detail::Route route) {
  state_->router.add_route(std::move(route));
  state_->prepared = false;
  return *this;
}

App& App::add_middleware(std::unique_ptr<detail::Middleware> middleware) {
  state_->layers.emplace_back(std::move(middleware));
  state_->prepared = false;
  return *this;
}
App& App::add_middleware(std::unique_ptr<detail::AsyncMiddleware> middleware) {
  state_->layers.emplace_back(std::move(middleware));
  state_->prepared = false;
  return *this;
}
App& App::add_middleware(detail::MiddlewareFn function) {
  state_->layers.emplace_back(function);
  state_->prepared = false;
  return *this;
}

void App::add_provided(detail::Provided provided) {
  state_->prepared = false;
  auto& all = state_->provided;
  auto same = std::ranges::find(all, provided.type, &detail::Provided::type);
  if (same == all.end()) {
    all.push_back(std::move(provided));
  } else {
    *same = std::move(provided);
  }
}

void* App::find_provided(const detail::TypeKey& type) const {
  auto found = std::ranges::find(state_->provided, &type, &detail::Provided::type);
  return found == state_->provided.end() ? nullptr : found->object.get();
}
void* App::get_provided(const detail::TypeKey& type) const {
  if (auto* found = find_provided(type)) return found;
  throw std::logic_error("nobody provided the " + std::string(type.name));
}

void App::add_exception_handler(const detail::ExceptionHandler& handler) {
  state_->exception_handlers.push_back(handler);
}

App& App::add_startup(const detail::Callable& function) {
  state_->startup_functions.push_back(&function);
  return *this;
}
App& App::add_shutdown(const detail::Callable& function) {
  state_->shutdown_functions.push_back(&function);
  return *this;
}

void App::add_override(const detail::Callable& original, const detail::Callable& replacement,
                       std::shared_ptr<void> state) {
  state_->overrides.insert_or_assign(&original,
                                     detail::AppState::Override{replacement, std::move(state)});
  state_->prepared = false;
}
void App::remove_override(const detail::Callable& original) {
  state_->overrides.erase(&original);
  state_->prepared = false;
}

const AppOptions& App::options() const { return state_->options; }
const std::vector<detail::Route>& App::routes() const { return state_->router.routes(); }

const void* App::celery() const { return state_->celery; }
Task<void> App::startup() { return state_->startup(); }
Task<void> App::shutdown() { return state_->shutdown(); }
std::size_t App::body_limit(const Request& request, std::size_t server_limit) {
  state_->prepare();
  return state_->body_limit(request, server_limit);
}
Task<Response> App::handle(Request& request) {
  state_->prepare();
  return state_->answer(request, state_->layers.size());
}

}  // namespace plinth

#include "routing/plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "schema/validate.hpp"

namespace plinth::routing {

namespace {

using detail::Callable;
using detail::Parameter;
using detail::Source;

constexpr int depth_max = 64;
constexpr std::size_t align_max = 16;

std::string lower(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return made;
}

// FastAPI's order of reading, and so of errors.
int rank(Source source) {
  switch (source) {
    case Source::path:
      return 0;
    case Source::query:
      return 1;
    case Source::header:
      return 2;
    case Source::cookie:
      return 3;
    case Source::body:
    case Source::form:
    case Source::body_or_form:
      return 4;
    case Source::argument:
      return 5;
    default:
      return 6;
  }
}

bool is_read(Source source) { return rank(source) < 6; }

// A dependency's value depends on scopes when it, or one below it, asks for them.
bool uses_scopes(const Callable& callable, int depth = 0) {
  if (depth > depth_max) return false;  // reported while planning
  return std::ranges::any_of(callable.parameters, [&](const Parameter& parameter) {
    return parameter.source == Source::scopes || parameter.source == Source::security ||
           !parameter.scopes.empty() ||
           (parameter.dependency && uses_scopes(*parameter.dependency, depth + 1));
  });
}

class Planner {
 public:
  Planner(std::string where, const PathTemplate* path, const PlanContext& context,
          bool is_task = false)
      : where_(std::move(where)), path_(path), context_(context), is_task_(is_task) {}

  Plan make(const Callable& function, const std::vector<Parameter>& first) {
    add_call(function, first, {}, 0);
    settle_body();
    return std::move(plan_);
  }

 private:
  using Scopes = std::vector<std::string>;

  struct Key {
    const Callable* callable;
    Scopes scopes;
    auto operator<=>(const Key&) const = default;
  };

  std::invalid_argument wrong(const Callable& callable, const std::string& problem) const {
    return std::invalid_argument(where_ + ": " + std::string(callable.name) + ": " + problem);
  }

  std::uint32_t add_slot(std::size_t size, std::size_t align, void (*destroy)(void*),
                         const Callable& callable) {
    if (align > align_max) throw wrong(callable, "a type of more than 16 bytes' alignment");
    plan_.bytes = (plan_.bytes + align - 1) / align * align;
    plan_.slots.push_back({plan_.bytes, destroy});
    plan_.bytes += size;
    return static_cast<std::uint32_t>(plan_.slots.size() - 1);
  }

  // The steps of a function and of all below it; returns the number of its own.
  std::uint32_t add_call(const Callable& callable, const std::vector<Parameter>& first,
                         const Scopes& scopes, int depth) {
    if (depth > depth_max) throw wrong(callable, "it depends on itself");
    Step step{.kind = Step::Kind::call, .callable = &callable};
    for (const auto& parameter : first) {
      step.needs.push_back(add_dependency(parameter, scopes, depth));
    }
    for (const auto& parameter : callable.parameters) {
      step.arguments.push_back(plan_argument(parameter, callable, scopes, depth));
      if (step.arguments.back().step != no_step) step.needs.push_back(step.arguments.back().step);
    }
    for (std::uint32_t i = 0; i < step.arguments.size(); ++i) {
      if (is_read(step.arguments[i].parameter->source)) step.order.push_back(i);
    }
    std::ranges::sort(step.order, {}, [&](std::uint32_t index) {
      return std::pair(rank(step.arguments[index].parameter->source), index);
    });
    step.slot = add_slot(callable.size, callable.align, callable.destroy, callable);
    plan_.argument_count = std::max(plan_.argument_count, step.arguments.size());
    plan_.steps.push_back(std::move(step));
    return static_cast<std::uint32_t>(plan_.steps.size() - 1);
  }

  std::uint32_t add_dependency(const Parameter& parameter, const Scopes& outer, int depth) {
    auto scopes = outer;
    for (auto scope : parameter.scopes) {
      if (std::ranges::find(scopes, scope) == scopes.end()) scopes.emplace_back(scope);
    }
    const auto* original = parameter.dependency;
    auto key = Key{original, {}};
    if (!parameter.scopes.empty() || uses_scopes(*original)) {
      key.scopes = scopes;
      std::ranges::sort(key.scopes);
    }
    auto replaced = context_.overrides.find(original);
    const auto& callable = replaced == context_.overrides.end() ? *original : *replaced->second;

    auto made = made_.find(key);
    bool again = parameter.use_cache && made != made_.end();
    std::size_t shortcut = plan_.steps.size();
    auto uncached = uncached_;
    if (again) plan_.steps.push_back({.kind = Step::Kind::shortcut, .original = made->second});
    auto number = add_call(callable, {}, scopes, depth + 1);
    if (again) {
      plan_.steps[number].original = made->second;
      // With an uncached dependency below, the way there must be gone.
      plan_.steps[shortcut].target = uncached_ == uncached ? number : no_step;
    }
    if (!parameter.use_cache) ++uncached_;
    made_.try_emplace(std::move(key), number);
    return number;
  }

  std::uint32_t add_security(const Parameter& parameter, const Callable& callable) {
    const auto& scheme = *parameter.scheme;
    auto slot = add_slot(scheme.size, scheme.align, scheme.destroy, callable);
    plan_.steps.push_back({.kind = Step::Kind::security,
                           .slot = slot,
                           .scheme = &scheme,
                           .optional = parameter.optional});
    return static_cast<std::uint32_t>(plan_.steps.size() - 1);
  }

  PlannedArgument plan_argument(const Parameter& parameter, const Callable& callable,
                                const Scopes& scopes, int depth) {
    PlannedArgument argument{.parameter = &parameter};
    switch (parameter.source) {
      case Source::dependency:
        argument.step = add_dependency(parameter, scopes, depth);
        return argument;
      case Source::security:
        require_request(callable);
        argument.step = add_security(parameter, callable);
        return argument;
      case Source::scopes:
        argument.scopes = std::make_unique<SecurityScopes>(SecurityScopes{scopes});
        return argument;
      case Source::provided:
        argument.provided = find_provided(parameter, callable);
        return argument;
      case Source::request:
      case Source::response:
      case Source::background:
        require_request(callable);
        return argument;
      case Source::caller:
        if (!is_task_) {
          throw wrong(callable,
                      "a " + std::string(parameter.provided->name) + "& is only in tasks");
        }
        return argument;
      case Source::argument:
        plan_type(parameter, callable, argument);
        argument.position = arguments_++;
        return argument;
      default:
        plan_value(parameter, callable, argument);
        return argument;
    }
  }

  void plan_type(const Parameter& parameter, const Callable& callable, PlannedArgument& argument) {
    argument.type = &parameter.type();
    argument.slot =
        add_slot(argument.type->size, argument.type->align, argument.type->destroy, callable);
    schema::prepare(*argument.type);
  }

  void plan_value(const Parameter& parameter, const Callable& callable, PlannedArgument& argument) {
    require_request(callable);
    plan_type(parameter, callable, argument);
    plan_.reads_values = true;
    switch (parameter.source) {
      case Source::path:
        if (!path_->has_parameter(parameter.name)) {
          throw wrong(callable, "Path<\"" + std::string(parameter.name) +
                                    "\"> is not in the path; write {" +
                                    std::string(parameter.name) + "} there");
        }
        break;
      case Source::header:
        argument.key = lower(parameter.name);
        break;
      case Source::body:
        note_body(BodyKind::json, parameter, callable);
        break;
      case Source::form:
        note_body(BodyKind::form, parameter, callable);
        break;
      case Source::body_or_form:
        note_body(BodyKind::either, parameter, callable);
        break;
      default:
        break;
    }
  }

  void note_body(BodyKind kind, const Parameter& parameter, const Callable& callable) {
    if (plan_.body != BodyKind::none && plan_.body != kind) {
      throw wrong(callable, "a request has one body: JSON (aggregates, Body) or a form (Form)");
    }
    plan_.body = kind;
    (parameter.name.empty() ? whole_bodies_ : named_bodies_)++;
    last_body_ = &callable;
  }

  void settle_body() const {
    if (plan_.body == BodyKind::json && whole_bodies_ > 0 && named_bodies_ > 0) {
      throw wrong(*last_body_,
                  "beside Body<\"name\", T> every part of the body needs a name; write it as "
                  "Body<\"name\", T> too");
    }
  }

  void require_request(const Callable& callable) const {
    if (path_) return;
    throw wrong(callable, (is_task_ ? "there is no request in a task"
                                    : "there is no request at start-up and shutdown") +
                              std::string("; take only what the app provides"));
  }

  void* find_provided(const Parameter& parameter, const Callable& callable) const {
    for (const auto& provided : context_.provided) {
      if (provided.type == parameter.provided) return provided.object.get();
    }
    std::string name(parameter.provided->name);
    throw wrong(callable, "nobody provided the " + name + "; call app.provide(" + name +
                              "(…)), or take it by value if it is the JSON body");
  }

  std::string where_;
  const PathTemplate* path_;  // null: there is no request
  const PlanContext& context_;
  bool is_task_;
  std::size_t arguments_ = 0;  // of a task, so far
  Plan plan_;
  std::map<Key, std::uint32_t> made_;  // the step that made a dependency first
  int uncached_ = 0;
  int whole_bodies_ = 0;
  int named_bodies_ = 0;
  const Callable* last_body_ = nullptr;
};

// What is not JSON is a text that the handler made.
void settle_answer(const detail::Route& route, const std::string& where, Plan& plan) {
  const auto& type = route.endpoint.result();
  plan.media_type = route.options.media_type;
  if (plan.media_type == "application/json" || plan.media_type.ends_with("+json")) return;
  if (type.kind != detail::Kind::string) {
    throw std::invalid_argument(where + ": " + std::string(route.name()) + ": media_type \"" +
                                plan.media_type + "\" needs a handler that returns std::string");
  }
  plan.is_text = true;
  if (plan.media_type.starts_with("text/")) plan.media_type += "; charset=utf-8";
}

}  // namespace

Plan make_plan(const detail::Route& route, const PathTemplate& path, const PlanContext& context) {
  const auto where = "route " + route.methods.front() + " \"" + route.path + "\"";
  auto plan =
      Planner(where, &path, context).make(*route.endpoint.callable, route.options.dependencies);
  if (route.endpoint.result) settle_answer(route, where, plan);
  return plan;
}

Plan make_plan(const Callable& function, const PlanContext& context) {
  return Planner("start-up and shutdown", nullptr, context).make(function, {});
}

Plan make_task_plan(const std::string& where, const Callable& function,
                    const PlanContext& context) {
  return Planner(where, nullptr, context, true).make(function, {});
}

}  // namespace plinth::routing

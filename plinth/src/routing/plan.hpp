// How a route is answered: its handler and all it depends on, as a list of steps in the order in
// which they run. Made once, when the app starts.
//
// Invariants
// - The steps are FastAPI's solve_dependencies unrolled: depth first, in the order of parameters;
// the
//   handler is last.
// - A dependency that is wanted again is its first step's value (`original`); its steps are there
// all
//   the same, because a dependency below it may be one that is never cached.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plinth/app.hpp"
#include "plinth/detail/callable.hpp"
#include "plinth/security.hpp"
#include "routing/path_template.hpp"

namespace plinth::routing {

inline constexpr std::uint32_t no_step = UINT32_MAX;

// A place in the memory of a call.
struct Slot {
  std::size_t offset;
  void (*destroy)(void*);
};

struct PlannedArgument {
  const detail::Parameter* parameter;
  const detail::Type* type = nullptr;  // of a value from the request
  std::uint32_t slot = 0;              // its place
  std::uint32_t step = no_step;        // dependency, security: which step makes it
  void* provided = nullptr;            // owned by the app
  std::unique_ptr<SecurityScopes> scopes;
  std::string key;           // header: the name in lower case
  std::size_t position = 0;  // among a task's arguments
};

struct Step {
  enum class Kind : std::uint8_t {
    call,      // a dependency, or last the handler
    security,  // reads a scheme
    shortcut,  // goes on after `target`, which takes its value from `original`, if that has one
  };
  Kind kind;
  const detail::Callable* callable = nullptr;
  std::vector<PlannedArgument> arguments = {};  // in the order of parameters
  // Of filling: path, query, header, cookie, body, arguments of a task.
  std::vector<std::uint32_t> order = {};
  std::vector<std::uint32_t> needs = {};  // steps without whose values it is not called
  std::uint32_t slot = 0;                 // of the result
  std::uint32_t original = no_step;
  std::uint32_t target = no_step;
  const detail::SecurityScheme* scheme = nullptr;
  bool optional = false;
};

enum class BodyKind : std::uint8_t { none, json, form, either };

struct Plan {
  std::vector<Step> steps;
  std::vector<Slot> slots;
  std::size_t bytes = 0;           // of all slots
  std::size_t argument_count = 0;  // of the step that has most
  BodyKind body = BodyKind::none;
  bool reads_values = false;  // some argument comes from the request's text
  std::string media_type;     // of the answer
  bool is_text = false;       // the result is a std::string that is the body
};

using Overrides = std::map<const detail::Callable*, const detail::Callable*>;

// What plans are made of beside the routes.
struct PlanContext {
  const std::vector<detail::Provided>& provided;
  const Overrides& overrides;
};

/// Throws std::invalid_argument that names the route, the function and the fix.
Plan make_plan(const detail::Route& route, const PathTemplate& path, const PlanContext& context);
/// For start-up and shutdown: all parameters must be provided by the app.
Plan make_plan(const detail::Callable& function, const PlanContext& context);
/// For a task, whose parameters may also be arguments of its message; `where` names it.
Plan make_task_plan(const std::string& where, const detail::Callable& function,
                    const PlanContext& context);

}  // namespace plinth::routing

#include "routing/call.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "routing/answers.hpp"

namespace plinth::routing {

namespace {

using detail::Source;
using detail::Way;

// Where the arrays of a block begin.
struct Layout {
  std::size_t values, arguments, alive, marks, bytes;

  explicit Layout(const Plan& plan) {
    values = (plan.bytes + sizeof(void*) - 1) / sizeof(void*) * sizeof(void*);
    arguments = values + plan.steps.size() * sizeof(void*);
    alive = arguments + plan.argument_count * sizeof(void*);
    marks = alive + plan.slots.size() * sizeof(std::uint32_t);
    bytes = marks + plan.steps.size();
  }
};

}  // namespace

Call::Call(const Plan& plan, const detail::Route* route, const Request* request,
           const std::vector<Capture>& captures, bool strict_content_type)
    : plan_(plan), route_(route), request_(request), strict_content_type_(strict_content_type) {
  const Layout layout(plan);
  block_bytes_ = layout.bytes;
  block_ = static_cast<std::byte*>(detail::allocate_frame(block_bytes_));
  values_ = reinterpret_cast<void**>(block_ + layout.values);
  arguments_ = reinterpret_cast<void**>(block_ + layout.arguments);
  alive_ = reinterpret_cast<std::uint32_t*>(block_ + layout.alive);
  marks_ = reinterpret_cast<Mark*>(block_ + layout.marks);
  std::fill_n(marks_, plan.steps.size(), Mark::none);
  if (plan.reads_values) inputs_.emplace(*request, captures);
}

namespace {
const std::vector<Capture> no_captures;
}

Call::Call(const Plan& plan, Caller& caller) : Call(plan, nullptr, nullptr, no_captures, true) {
  caller_ = &caller;
}

Call::~Call() {
  running_ = {};
  while (!entered_.empty()) entered_.pop_back();
  while (alive_count_ > 0) {
    const auto& slot = plan_.slots[alive_[--alive_count_]];
    slot.destroy(block_ + slot.offset);
  }
  detail::free_frame(block_, block_bytes_);
}

bool Call::advance() {
  try {
    run();
  } catch (...) {
    fail(std::current_exception());
    run();  // only leaves what was entered: does not throw
  }
  return state_ != State::done;
}

// Runs until something must be awaited or all is done.
void Call::run() {
  if (state_ == State::calling) {
    finish_call(plan_.steps[step_]);
    ++step_;
    state_ = State::steps;
  } else if (state_ == State::exited) {
    finish_exit();
  }
  if (state_ == State::body) start_body();
  while (state_ == State::steps) {
    if (step_ == plan_.steps.size()) {
      finish_steps();
    } else if (!run_step()) {
      state_ = State::calling;
      return;
    }
  }
  if (state_ == State::exiting) start_exits();
}

void Call::start_body() {
  state_ = State::steps;
  if (plan_.body == BodyKind::none) return;
  outcome_.refusal = inputs_->read_body(plan_.body, strict_content_type_, errors_);
  if (!errors_.empty()) outcome_.invalid = std::move(errors_);
  if (outcome_.refusal || outcome_.invalid) state_ = State::done;
}

bool Call::run_step() {
  const Step& step = plan_.steps[step_];
  switch (step.kind) {
    case Step::Kind::shortcut:
      if (step.target != no_step && marks_[step.original] == Mark::good) {
        give(step.target, values_[step.original]);
        step_ = step.target;
      }
      break;
    case Step::Kind::security:
      run_security(step);
      break;
    case Step::Kind::call:
      if (!run_call(step)) return false;
      break;
  }
  ++step_;
  return true;
}

bool Call::run_call(const Step& step) {
  bool complete = std::ranges::all_of(
      step.needs, [&](std::uint32_t need) { return marks_[need] == Mark::good; });
  if (!fill(step) || !complete) {
    marks_[step_] = Mark::failed;
    return true;
  }
  if (step.original != no_step && marks_[step.original] == Mark::good) {
    give(step_, values_[step.original]);
    return true;
  }
  for (std::size_t i = 0; i < step.arguments.size(); ++i) {
    arguments_[i] = argument_of(step.arguments[i]);
  }
  const auto& callable = *step.callable;
  // The function that the dependencies are for is the request's span, or the task's.
  if (step_ + 1 < plan_.steps.size()) span_ = base::start_span(callable.name);
  if (callable.way != Way::plain) {
    callable.call(callable.state, arguments_, &running_);
    return false;
  }
  callable.call(callable.state, arguments_, place_of(step.slot));
  keep(step.slot);
  finish_call(step);
  return true;
}

void Call::run_security(const Step& step) {
  void* place = place_of(step.slot);
  step.scheme->make_blank(place);
  keep(step.slot);
  bool sent = step.scheme->read(*request_, place);
  if (sent || step.optional) {
    give(step_, sent ? place : nullptr);
    return;
  }
  outcome_.refusal = HttpError(401, "Not authenticated",
                               {{"www-authenticate", std::string(step.scheme->challenge)}});
  state_ = State::exiting;
}

// The values that a function takes from the request; every error is noted.
bool Call::fill(const Step& step) {
  bool good = true;
  for (auto index : step.order) {
    const auto& argument = step.arguments[index];
    void* place = place_of(argument.slot);
    argument.type->make_blank(place);
    keep(argument.slot);
    const bool read = argument.parameter->source == Source::argument
                          ? caller_->read(argument, place, errors_)
                          : inputs_->read(argument, place, errors_);
    good = read && good;
  }
  return good;
}

void* Call::argument_of(const PlannedArgument& argument) {
  switch (argument.parameter->source) {
    case Source::dependency:
    case Source::security:
      return values_[argument.step];
    case Source::scopes:
      return argument.scopes.get();
    case Source::provided:
      return argument.provided;
    case Source::caller:
      return caller_->lend(*argument.parameter->provided);
    case Source::request:
      return const_cast<Request*>(request_);  // handed on as const Request&
    case Source::response:
      if (!sub_response_) sub_response_.emplace().status = route_->options.status;
      return &*sub_response_;
    case Source::background:
      if (!background_) background_.emplace();
      return &*background_;
    default:
      return place_of(argument.slot);
  }
}

// Takes the result of the step's function, which has run.
void Call::finish_call(const Step& step) {
  const auto& callable = *step.callable;
  void* value = place_of(step.slot);
  if (callable.way == Way::task) {
    callable.take(running_, value);
    keep(step.slot);
    running_ = {};
  }
  if (callable.way == Way::yield) {
    auto& lending = running_.lending();
    if (lending.error) std::rethrow_exception(std::exchange(lending.error, {}));
    if (!lending.value) throw std::logic_error("a Yield ended without co_yield");
    value = lending.value;
    entered_.push_back(std::move(running_));
  } else if (callable.reference) {
    value = *static_cast<void**>(value);
  }
  span_.end();
  give(step_, value);
}

void Call::give(std::uint32_t step, void* value) {
  values_[step] = value;
  marks_[step] = Mark::good;
}

void Call::finish_steps() {
  state_ = State::exiting;
  if (!errors_.empty()) {
    outcome_.invalid = std::move(errors_);
  } else if (route_) {
    respond(values_[plan_.steps.size() - 1]);
  } else if (caller_) {
    caller_->returned(values_[plan_.steps.size() - 1]);
  } else if (stays_) {
    state_ = State::done;
  }
}

void Call::respond(void* value) {
  if (!route_->endpoint.result) {
    outcome_.response = std::move(*static_cast<Response*>(value));
  } else {
    outcome_.response =
        answer_with(*route_, plan_, value, sub_response_ ? &*sub_response_ : nullptr);
  }
}

void Call::leave() {
  state_ = State::exiting;
  stays_ = false;
}

// Leaves the next Yield, the last one entered first. What ends the call otherwise than by a
// response is thrown into it.
void Call::start_exits() {
  if (entered_.empty()) {
    if (swallowed_ && !thrown_) {
      thrown_ = std::make_exception_ptr(
          std::logic_error("a dependency with Yield swallowed an exception; it must throw on"));
    }
    if (thrown_) outcome_ = {.error = thrown_};
    if (background_ && outcome_.response && outcome_.response->background.empty()) {
      outcome_.response->background = std::move(*background_);
    }
    state_ = State::done;
    return;
  }
  if (!thrown_ && !swallowed_) {
    if (outcome_.error) thrown_ = outcome_.error;
    if (outcome_.refusal) thrown_ = std::make_exception_ptr(*outcome_.refusal);
    if (outcome_.invalid) thrown_ = std::make_exception_ptr(to_exception(*outcome_.invalid));
  }
  running_ = std::move(entered_.back());
  entered_.pop_back();
  running_.lending().thrown = thrown_;
  state_ = State::exited;
}

void Call::finish_exit() {
  auto& lending = running_.lending();
  if (lending.error) {
    thrown_ = std::exchange(lending.error, {});
  } else if (!running_.handle().done()) {
    thrown_ = std::make_exception_ptr(std::logic_error("a Yield may co_yield only once"));
  } else if (thrown_) {
    thrown_ = {};
    swallowed_ = true;
  }
  running_ = {};
  state_ = State::exiting;
}

void Call::fail(std::exception_ptr error) {
  running_ = {};
  if (span_.is_recording()) span_.fail(base::type_name(error));
  span_.end();
  outcome_ = {.error = std::move(error)};
  state_ = State::exiting;
}

void Call::give_up(HttpError reason) {
  running_ = {};
  span_.fail("timeout");
  span_.end();
  outcome_ = {.refusal = std::move(reason)};
  state_ = State::exiting;
}

Call::Pending Call::pending() {
  bool lends = state_ == State::exited || plan_.steps[step_].callable->way == Way::yield;
  return {running_, lends};
}

bool Call::Pending::await_suspend(std::coroutine_handle<> waiter) const {
  auto& promise = *coroutine.promise();
  promise.continuation = {};
  if (lends) coroutine.lending().value = nullptr;
  coroutine.handle().resume();
  if (coroutine.handle().done() || (lends && coroutine.lending().value)) return false;
  promise.continuation = waiter;
  return true;
}

void* Call::place_of(std::uint32_t slot) { return block_ + plan_.slots[slot].offset; }

void Call::keep(std::uint32_t slot) { alive_[alive_count_++] = slot; }

}  // namespace plinth::routing

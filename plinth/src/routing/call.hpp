// Runs the plan of a route for one request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "base/trace.hpp"
#include "plinth/app.hpp"
#include "routing/inputs.hpp"
#include "routing/plan.hpp"
#include "schema/errors.hpp"

namespace plinth::routing {

/// What came of a call: exactly one of these.
struct Outcome {
  std::optional<Response> response;
  std::optional<HttpError> refusal;       // by the library, at no throw's cost
  std::optional<schema::Errors> invalid;  // the 422
  std::exception_ptr error;
};

/// What calls a function that is no handler: start-up, a worker that runs a task.
class Caller {
 public:
  virtual ~Caller() = default;
  /// Fills the argument at `place`, a blank value of its type; false, and `errors` has grown, when
  /// that is not possible.
  virtual bool read(const PlannedArgument& argument, void* place, schema::Errors& errors) = 0;
  /// An object of that type, lent for the call.
  virtual void* lend(const detail::TypeKey& type) = 0;
  /// What the function returned, before its dependencies exit.
  virtual void returned(const void* value) = 0;
};

/// A machine without a coroutine of its own: advance() runs on until something must be awaited.
///
///     Call call(plan, &route, &request, captures, strict);
///     while (call.advance()) co_await call.pending();
///     use(call.outcome());
class Call {
 public:
  /// request   null at start-up; route then too
  /// captures  must outlive the call
  Call(const Plan& plan, const detail::Route* route, const Request* request,
       const std::vector<Capture>& captures, bool strict_content_type);
  /// Of a function that `caller`, which must outlive the call, has arguments for.
  Call(const Plan& plan, Caller& caller);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  /// True: await pending() and call again. False: there is an outcome.
  bool advance();
  Outcome& outcome() { return outcome_; }

  /// Resumes the coroutine that advance() stopped at, and its awaiter when it waits.
  struct Pending {
    detail::Coroutine& coroutine;
    bool lends;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter) const;
    void await_resume() const noexcept {}
  };
  Pending pending();

  /// The handler has ended: what remains is to leave what was entered.
  bool is_exiting() const { return state_ == State::exiting || state_ == State::exited; }
  /// Ends what pending() waits for, which must be no exit. What was entered is left with `reason`
  /// thrown into it, and that is the outcome.
  void give_up(HttpError reason);

  /// Keeps what was lent (a lifespan) until leave(); without it advance() ends with it.
  void stay() { stays_ = true; }
  void leave();

 private:
  enum class State : std::uint8_t { body, steps, calling, exiting, exited, done };
  enum class Mark : std::uint8_t { none, good, failed };

  void run();
  void start_body();
  bool run_step();  // false: it must be awaited
  bool run_call(const Step& step);
  void run_security(const Step& step);
  bool fill(const Step& step);
  void* argument_of(const PlannedArgument& argument);
  void finish_call(const Step& step);
  void give(std::uint32_t step, void* value);
  void finish_steps();
  void respond(void* value);
  void start_exits();
  void finish_exit();
  void fail(std::exception_ptr error);

  void* place_of(std::uint32_t slot);
  void keep(std::uint32_t slot);

  const Plan& plan_;
  const detail::Route* route_;
  const Request* request_;
  Caller* caller_ = nullptr;
  std::optional<Inputs> inputs_;
  schema::Errors errors_;
  Outcome outcome_;

  // One block: the values, then for each step its value, its mark, then the arguments.
  std::byte* block_ = nullptr;
  std::size_t block_bytes_ = 0;
  void** values_ = nullptr;
  void** arguments_ = nullptr;
  Mark* marks_ = nullptr;
  std::uint32_t* alive_ = nullptr;  // slots that hold a value, oldest first
  std::uint32_t alive_count_ = 0;

  std::uint32_t step_ = 0;
  State state_ = State::body;
  bool strict_content_type_;
  bool stays_ = false;
  base::Span span_;                         // of the dependency that runs
  detail::Coroutine running_;               // of the step
  std::vector<detail::Coroutine> entered_;  // Yields, to be left in reverse
  std::exception_ptr thrown_;               // into them
  bool swallowed_ = false;

  std::optional<Response> sub_response_;
  std::optional<BackgroundTasks> background_;
};

}  // namespace plinth::routing

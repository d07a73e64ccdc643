// C++ exceptions as a Python client is to see them.
#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <system_error>
#include <typeinfo>

#include "plinth/error.hpp"
#include "plinth/schema.hpp"
#include "plinth/tasks.hpp"
#include "tasks/python_text.hpp"
#include "tasks/run.hpp"

namespace plinth {

TaskError::TaskError(std::string exc_type, std::string message, std::string of_module)
    : std::runtime_error(exc_type + (message.empty() ? "" : ": " + message)),
      type(std::move(exc_type)),
      module(std::move(of_module)),
      arguments(message.empty() ? Json::array({}) : Json::array({Json(std::move(message))})) {}

TaskRevokedError::TaskRevokedError(std::string reason)
    : TaskError("TaskRevokedError", std::move(reason), "celery.exceptions") {}

namespace tasks {

namespace {

// "app::CardDeclined" is CardDeclined of the module app, dots for colons.
ExceptionInfo by_type(const std::exception& error) {
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, nullptr), &std::free);
  std::string type = name ? name.get() : "Exception";
  std::string module;
  if (const auto colons = type.rfind("::"); colons != std::string::npos) {
    module = type.substr(0, colons);
    type.erase(0, colons + 2);
    for (std::size_t at = 0; (at = module.find("::", at)) != std::string::npos;) {
      module.replace(at, 2, ".");
    }
  }
  return {.type = type,
          .arguments = Json::array({Json(error.what())}).dump(),
          .module = module.empty() ? "builtins" : module};
}

ExceptionInfo builtin(std::string_view type, const std::exception& error) {
  return {.type = std::string(type),
          .arguments = Json::array({Json(error.what())}).dump(),
          .module = "builtins"};
}

// Python's str(error).
std::string str_of(std::string_view type, const std::string& arguments) {
  if (type == "SoftTimeLimitExceeded") return "SoftTimeLimitExceeded()";  // billiard's own
  const auto list = Json::parse(arguments);
  if (list.size() == 0) return {};
  if (list.size() > 1) return saferepr(arguments, Sequence::tuple);
  const bool plain = list[0].is_string() && type != "KeyError";
  return plain ? list[0].str() : saferepr(list[0].dump());
}

template <class Error>
bool is_exactly(const std::exception& error) {
  return typeid(error) == typeid(Error);
}

ExceptionInfo standard_info(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error)) return builtin("MemoryError", error);
  if (dynamic_cast<const std::system_error*>(&error)) return builtin("OSError", error);
  if (is_exactly<std::invalid_argument>(error) || is_exactly<std::domain_error>(error)) {
    return builtin("ValueError", error);
  }
  if (is_exactly<std::out_of_range>(error)) return builtin("IndexError", error);
  if (is_exactly<std::overflow_error>(error)) return builtin("OverflowError", error);
  if (is_exactly<std::runtime_error>(error)) return builtin("RuntimeError", error);
  if (is_exactly<std::logic_error>(error)) return builtin("AssertionError", error);
  return by_type(error);
}

}  // namespace

ExceptionInfo exception_info(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const TaskError& thrown) {
    return {.type = thrown.type, .arguments = thrown.arguments.dump(), .module = thrown.module};
  } catch (const ValidationError& thrown) {
    return builtin("ValueError", thrown);
  } catch (const TimeoutError& thrown) {
    return builtin("TimeoutError", thrown);
  } catch (const std::exception& thrown) {
    return standard_info(thrown);
  } catch (...) {
    return {.type = "Exception", .arguments = "[]", .module = "builtins"};
  }
}

Outcome failure(ExceptionInfo error, std::string_view task) {
  Outcome made{.kind = Outcome::Kind::failure, .error = std::move(error)};
  const auto& [type, arguments, module] = made.error;
  const auto text = str_of(type, arguments);
  made.traceback = "Traceback (most recent call last):\n  File \"<plinth>\", in " +
                   std::string(task) + "\n" +
                   (module.empty() || module == "builtins" ? "" : module + ".") + type +
                   (text.empty() ? "" : ": ") + text + "\n";
  return made;
}

}  // namespace tasks
}  // namespace plinth

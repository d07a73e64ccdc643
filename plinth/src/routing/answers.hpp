// Responses from results and from errors.
#pragma once

#include <exception>
#include <string>

#include "plinth/app.hpp"
#include "plinth/error.hpp"
#include "routing/plan.hpp"
#include "schema/errors.hpp"

namespace plinth::routing {

/// What a handler's value becomes; `sub_response` may be null.
Response answer_with(const detail::Route& route, const Plan& plan, const void* value,
                     const Response* sub_response);

/// {"detail": …} with the error's headers.
Response answer_to(const HttpError& error);
/// 422
Response answer_to(const schema::Errors& errors);
Response answer_to(const RequestValidationError& error);
/// 500 in plain text.
Response internal_server_error();

RequestValidationError to_exception(const schema::Errors& errors);

/// One line: what was thrown, where. Nothing of the request but method and route.
void log_unhandled(const Request& request, const std::exception_ptr& error);
/// "HttpError: Not Found", "std::runtime_error: no", "unknown".
std::string describe(const std::exception_ptr& error);

}  // namespace plinth::routing

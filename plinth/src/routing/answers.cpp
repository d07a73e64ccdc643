#include "routing/answers.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

#include "base/log.hpp"
#include "schema/serialise.hpp"

namespace plinth::routing {

namespace {

// Source: FastAPI 0.143, utils.py is_body_allowed_for_status_code
bool allows_body(int status) {
  return status >= 200 && status != 204 && status != 205 && status != 304;
}

}  // namespace

Response answer_with(const detail::Route& route, const Plan& plan, const void* value,
                     const Response* sub_response) {
  const auto& options = route.options;
  const auto& type = route.endpoint.result();
  Response response;
  response.status = sub_response ? sub_response->status : options.status;
  if (plan.is_text) {
    response.media_type = {};
    response.headers.append("content-type", plan.media_type);
    response.body = *static_cast<const std::string*>(value);
  } else if (allows_body(response.status)) {
    bool plain = !options.response_model || type.kind == detail::Kind::any;
    schema::write(type, value, response.body,
                  {.style = plain ? schema::Style::plain : schema::Style::model,
                   .exclude_none = options.response_model_exclude_none,
                   .exclude_defaults = options.response_model_exclude_defaults,
                   .by_alias = options.response_model_by_alias});
  }
  if (!allows_body(response.status)) response.body.clear();
  if (sub_response) {
    for (const auto& [name, field] : sub_response->headers) response.headers.append(name, field);
  }
  return response;
}

Response answer_to(const HttpError& error) {
  Response response;
  response.status = error.status;
  if (allows_body(error.status)) {
    response.body = R"({"detail":)" + error.detail.dump() + "}";
  } else {
    response.media_type = {};
  }
  for (const auto& [name, value] : error.headers) response.headers.append(name, value);
  // A 401 must say how to authenticate (RFC 9110, 11.6.1); one that says nothing means bearer
  // tokens.
  if (error.status == 401 && !response.headers.contains("www-authenticate")) {
    response.headers.append("www-authenticate", "Bearer");
  }
  return response;
}

Response answer_to(const schema::Errors& errors) {
  return {.status = 422, .body = errors.to_json()};
}

Response answer_to(const RequestValidationError& error) {
  return {.status = 422, .body = R"({"detail":)" + error.errors.dump() + "}"};
}

Response internal_server_error() { return Response::text("Internal Server Error", 500); }

RequestValidationError to_exception(const schema::Errors& errors) {
  return RequestValidationError(Json::parse(errors.to_json())["detail"]);
}

std::string describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& thrown) {
    std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(typeid(thrown).name(), nullptr, nullptr, nullptr), &std::free);
    return std::string(name ? name.get() : "exception") + ": " + thrown.what();
  } catch (...) {
    return "unknown";
  }
}

void log_unhandled(const Request& request, const std::exception_ptr& error) {
  const auto text = describe(error);
  base::log(
      base::Level::error, "unhandled exception",
      {{"method", request.method}, {"route", request.route}, {"error", std::string_view(text)}});
}

}  // namespace plinth::routing

// One middleware around an answer, without an app.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plinth/detail/middleware.hpp"
#include "plinth/middleware.hpp"
#include "plinth/task.hpp"

namespace plinth {

struct Exchange {
  Request request;
  Response response;
  bool reached = false;  // the request went through to the app

  std::string header(std::string_view name) const {
    auto value = response.headers.get(name);
    return value ? std::string(*value) : "(none)";
  }
};

/// Sends a request with those headers through `middleware`; behind it waits `answer`. The headers
/// must outlive the Exchange.
inline Exchange pass(detail::Middleware& middleware, std::string_view method,
                     std::vector<HeaderView> headers, Response answer = {.body = "{}"}) {
  Exchange made;
  made.request.method = method;
  made.request.target = "/things?a=1";
  made.request.path = "/things";
  made.request.host = "example.com";
  made.request.headers = std::move(headers);
  std::uint64_t kept = 0;
  made.reached = middleware.before(made.request, made.response, kept);
  if (made.reached) made.response = std::move(answer);
  auto rest = middleware.after(made.request, made.response, kept);
  if (rest) run(std::move(rest));
  return made;
}

template <class Options>
std::unique_ptr<detail::Middleware> make(Options options) {
  return make_middleware(std::move(options));
}

}  // namespace plinth

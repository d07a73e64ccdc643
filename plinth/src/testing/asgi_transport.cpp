#include "plinth/asgi_transport.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.hpp"
#include "base/log.hpp"
#include "http/query.hpp"
#include "http/request_trace.hpp"
#include "plinth/testing.hpp"

namespace plinth {

namespace {

constexpr std::string_view scheme_end = "://";

// "http://shop:8000/items" is at "shop:8000".
std::string authority_of(const std::string& url) {
  const auto from = url.find(scheme_end) + scheme_end.size();
  return url.substr(from, url.find_first_of("/?", from) - from);
}

// A call, and the request that it is to the app; the views of one point into the other.
struct Arrived {
  explicit Arrived(ClientRequest asked)
      : call(std::move(asked)), target(call.target()), host(authority_of(call.url)) {
    request.method = call.method;
    request.target = target;
    const auto question = std::min(target.find('?'), target.size());
    request.path = http::percent_decode(std::string_view(target).substr(0, question));
    request.query_string = std::string_view(target).substr(std::min(question + 1, target.size()));
    request.headers.push_back({"host", host});
    for (const auto& [name, value] : call.headers) request.headers.push_back({name, value});
    if (!call.content.empty()) {
      length = std::to_string(call.content.size());
      request.headers.push_back({"content-length", length});
    }
    request.body = call.content;
    request.scheme = call.url.starts_with("https") ? "https" : "http";
    request.host = host;
    request.client_host = "127.0.0.1";
  }
  Arrived(const Arrived&) = delete;
  Arrived& operator=(const Arrived&) = delete;

  ClientRequest call;
  std::string target;
  std::string host;
  std::string length;
  Request request;
};

class AsgiTransport final : public AsyncTransport {
 public:
  explicit AsgiTransport(App& app) : app_(app), started_(app) {}

  Task<ClientResponse> handle_async_request(ClientRequest asked) override;

 private:
  Task<void> run_background(BackgroundTasks::List work, base::Context context) const;

  App& app_;
  TestClient started_;
};

Task<void> AsgiTransport::run_background(BackgroundTasks::List work, base::Context context) const {
  for (auto& each : work) {
    try {
      co_await base::in_context(context, each->run());
    } catch (const std::exception& error) {
      base::log(base::Level::error, "a background task failed", {{"error", error.what()}});
    }
  }
}

Task<ClientResponse> AsgiTransport::handle_async_request(ClientRequest asked) {
  Arrived arrived(std::move(asked));
  auto& request = arrived.request;
  http::RequestTrace trace;
  trace.begin(request);
  const base::Context context{.request_id = &request.request_id,
                              .celery = app_.celery(),
                              .request = &request,
                              .trail = &trace.trail()};
  Response response;
  if (request.body.size() > app_.body_limit(request, request.body.size())) {
    response = Response::text("Content Too Large", 413);
  } else {
    response = co_await base::in_context(context, app_.handle(request));
  }
  trace.end(request, response.status);
  auto background = response.background.take();
  trace.follow(background);
  ClientResponse answer{.status_code = response.status, .headers = response.headers};
  if (!response.media_type.empty()) answer.headers.set("content-type", response.media_type);
  if (request.method != "HEAD") answer.content = response.content();
  co_await run_background(std::move(background), context);
  co_return answer;
}

}  // namespace

std::shared_ptr<AsyncTransport> asgi_transport(App& app) {
  return std::make_shared<AsgiTransport>(app);
}

}  // namespace plinth

// AsyncClient: from what is asked to requests for the transport, redirects, and the span of a call.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/monotonic.hpp"
#include "base/trace.hpp"
#include "http_client/curl_transport.hpp"
#include "http_client/url.hpp"
#include "plinth/http_client.hpp"

namespace plinth {

using http_client::CurlTransport;
using http_client::Limits;

namespace {

std::string lower(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return made;
}

void set_default(Headers& headers, std::string_view name, std::string_view value) {
  if (!headers.contains(name)) headers.set(name, value);
}

// Of the options at most one says what the body is.
void set_body(ClientRequest& request, const RequestOptions& options) {
  const int bodies =
      (options.json ? 1 : 0) + (options.data.empty() ? 0 : 1) + (options.content ? 1 : 0);
  if (bodies > 1) throw LocalProtocolError("a call has one body: json, data or content");
  if (options.json) {
    request.content = options.json->text();
    set_default(request.headers, "content-type", "application/json");
  } else if (!options.data.empty()) {
    request.content = http_client::encode_pairs(options.data, true);
    set_default(request.headers, "content-type", "application/x-www-form-urlencoded");
  } else if (options.content) {
    request.content = *options.content;
  }
}

// What is not sent to another place than it was meant for. An upgrade to https on the usual ports
// of a host is none, as httpx has it.
bool is_same_place(const http_client::Origin& from, const http_client::Origin& to) {
  if (from == to) return true;
  return from.host == to.host && from.scheme == "http" && from.port == 80 && to.scheme == "https" &&
         to.port == 443;
}

// Source: RFC 9110 15.4; httpx._client.BaseClient._redirect_method
ClientRequest redirected(const ClientRequest& request, int status, const std::string& location) {
  auto next = request;
  next.url = http_client::redirect_url(request.url, location);
  const bool becomes_get = (status == 303 && request.method != "HEAD") ||
                           (status == 302 && request.method != "HEAD") ||
                           (status == 301 && request.method == "POST");
  if (becomes_get && request.method != "GET") {
    next.method = "GET";
    next.content.clear();
    next.headers.remove("content-type");
  }
  if (!is_same_place(http_client::origin_of(request.url), http_client::origin_of(next.url))) {
    for (const auto* name : {"authorization", "cookie", "proxy-authorization", "host"}) {
      next.headers.remove(name);
    }
  }
  return next;
}

// What is left of a whole call's time, over its redirects.
Limits limits_left(const ClientRequest& request, Limits limits, std::int64_t began_us) {
  if (limits.total_ms_max <= 0) return limits;
  const auto gone_ms = (base::monotonic_microseconds() - began_us) / 1000;
  if (gone_ms >= limits.total_ms_max) {
    throw ReadTimeout(request.method + " " + http_client::shown_url(request.url) +
                      ": the whole call took longer than " + std::to_string(limits.total_ms_max) +
                      " ms (total_ms_max)");
  }
  limits.total_ms_max -= static_cast<int>(gone_ms);
  return limits;
}

void describe(base::Span& span, const ClientRequest& request) {
  if (!span.is_recording()) return;
  const auto origin = http_client::origin_of(request.url);
  span.set_attribute("http.request.method", request.method);
  span.set_attribute("url.full", http_client::shown_url(request.url));
  span.set_attribute("server.address", origin.host);
  span.set_attribute("server.port", std::int64_t{origin.port});
}

void set_trace(Headers& headers) {
  const auto traceparent = base::outgoing_traceparent();
  if (traceparent.empty()) return;
  headers.set("traceparent", traceparent);
  if (const auto state = base::outgoing_tracestate(); !state.empty()) {
    headers.set("tracestate", state);
  }
}

}  // namespace

std::string ClientRequest::target() const {
  const auto authority = url.find("://");
  const auto path = url.find('/', authority == std::string::npos ? 0 : authority + 3);
  return path == std::string::npos ? "/" : url.substr(path);
}

const ClientResponse& ClientResponse::raise_for_status() const {
  if (is_success()) return *this;
  const auto kind = status_code >= 500   ? "the server failed"
                    : status_code >= 400 ? "the server refused"
                    : status_code >= 300 ? "the server redirects, which is not followed"
                                         : "no answer yet";
  throw HttpStatusError(
      method + " " + http_client::shown_url(url) + ": " + std::to_string(status_code) + ", " + kind,
      *this);
}

struct AsyncClient::State {
  AsyncClientOptions options;
  std::shared_ptr<AsyncTransport> transport;
  CurlTransport* curl = nullptr;  // the same, when it is ours

  ClientRequest request_of(std::string method, const std::string& url,
                           const RequestOptions& asked) const;
  Limits limits_of(const RequestOptions& asked) const {
    return {.timeout_ms = asked.timeout_ms.value_or(options.timeout_ms),
            .total_ms_max = options.total_ms_max};
  }
  Task<ClientResponse> send(ClientRequest request, Limits limits) const {
    if (curl) return curl->send(std::move(request), limits);
    return transport->handle_async_request(std::move(request));
  }
  Task<ClientResponse> follow(ClientRequest request, Limits limits, bool follow) const;
};

ClientRequest AsyncClient::State::request_of(std::string method, const std::string& url,
                                             const RequestOptions& asked) const {
  auto params = options.params;
  params.insert(params.end(), asked.params.begin(), asked.params.end());
  ClientRequest request{.method = std::move(method),
                        .url = http_client::merge_url(options.base_url, url, params)};
  for (const auto* pairs : {&options.headers, &asked.headers}) {
    for (const auto& [name, value] : *pairs) request.headers.set(lower(name), value);
  }
  // How long a body is, is known here; another word of it would part two requests elsewhere.
  for (const auto* name : {"content-length", "transfer-encoding"}) request.headers.remove(name);
  set_default(request.headers, "accept", "*/*");
  set_default(request.headers, "accept-encoding", "gzip, deflate");
  set_default(request.headers, "user-agent", "plinth/" PLINTH_VERSION);
  set_body(request, asked);
  return request;
}

Task<ClientResponse> AsyncClient::State::follow(ClientRequest request, Limits limits,
                                                bool follow) const {
  std::vector<std::string> history;
  const auto began_us = base::monotonic_microseconds();
  for (;;) {
    auto response = co_await send(request, limits_left(request, limits, began_us));
    const auto location = response.headers.get("location");
    const bool leads_on = response.is_redirect() && response.status_code != 304 && location;
    if (response.url.empty()) response.url = request.url;
    if (response.method.empty()) response.method = request.method;
    if (!follow || !leads_on) {
      response.history = std::move(history);
      co_return response;
    }
    if (history.size() >= static_cast<std::size_t>(options.max_redirects)) {
      throw TooManyRedirects(request.method + " " + http_client::shown_url(request.url) +
                             ": more than " + std::to_string(options.max_redirects) + " redirects");
    }
    history.push_back(request.url);
    request = redirected(request, response.status_code, std::string(*location));
  }
}

AsyncClient::AsyncClient(AsyncClientOptions options, std::shared_ptr<AsyncTransport> transport)
    : state_(std::make_shared<State>(std::move(options), std::move(transport))) {
  if (!state_->options.base_url.empty()) {  // a wrong one is known now
    http_client::merge_url(state_->options.base_url, "", {});
  }
  if (state_->transport) return;
  auto curl = std::make_shared<CurlTransport>(state_->options);
  state_->curl = curl.get();
  state_->transport = std::move(curl);
}
AsyncClient::AsyncClient(AsyncClient&&) noexcept = default;
AsyncClient& AsyncClient::operator=(AsyncClient&&) noexcept = default;
AsyncClient::~AsyncClient() {
  if (state_ && state_->curl) state_->curl->close();
}

Task<ClientResponse> AsyncClient::request(std::string method, std::string url,
                                          RequestOptions options) {
  const auto state = state_;
  auto request = state->request_of(std::move(method), url, options);
  const auto follow = options.follow_redirects.value_or(state->options.follow_redirects);
  auto span = base::start_span(request.method, base::SpanKind::client);
  describe(span, request);
  set_trace(request.headers);
  std::exception_ptr error;
  ClientResponse response;
  try {
    response = co_await state->follow(std::move(request), state->limits_of(options), follow);
  } catch (...) {
    error = std::current_exception();
  }
  if (error) {
    span.record_exception(error);
    std::rethrow_exception(std::move(error));
  }
  if (span.is_recording()) {
    span.set_attribute("http.response.status_code", std::int64_t{response.status_code});
    if (response.is_error()) span.fail(std::to_string(response.status_code));
  }
  co_return response;
}

}  // namespace plinth

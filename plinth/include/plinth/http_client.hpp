// Calls to other services. Stands for httpx.AsyncClient. Example:
// plinth/examples/16_http_client.cpp
//
//   AsyncClient client({.base_url = "https://api.example.com/v1"});
//   auto response = co_await client.get("/items", {.params = {{"q", "green tea"}}});
//   response.raise_for_status();
//   auto items = response.json<std::vector<Item>>();
//
// A client is made once and kept (`app.provide(AsyncClient(...))`): it holds the connections. Every
// thread with an event loop may call it; a Task that is destroyed ends its call. A thread of the
// client's own does the I/O, by libcurl. Inside of a request or task a call is a span of its trace,
// and carries `traceparent`.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/http.hpp"
#include "plinth/json.hpp"
#include "plinth/schema.hpp"
#include "plinth/task.hpp"

namespace plinth {

/// Whatever goes wrong with a call; what() names the method, the URL without its query and the
/// reason. Those below are named as httpx's; HTTPError is HttpClientError.
struct HttpClientError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// No answer came.
struct RequestError : HttpClientError {
  using HttpClientError::HttpClientError;
};
struct TransportError : RequestError {
  using RequestError::RequestError;
};
struct TimeoutException : TransportError {
  using TransportError::TransportError;
};
struct ConnectTimeout : TimeoutException {
  using TimeoutException::TimeoutException;
};
struct ReadTimeout : TimeoutException {
  using TimeoutException::TimeoutException;
};
struct WriteTimeout : TimeoutException {
  using TimeoutException::TimeoutException;
};
/// No connection of the pool became free in time.
struct PoolTimeout : TimeoutException {
  using TimeoutException::TimeoutException;
};
struct NetworkError : TransportError {
  using TransportError::TransportError;
};
/// The host is unknown or does not answer, or its certificate is not trusted.
struct ConnectError : NetworkError {
  using NetworkError::NetworkError;
};
struct ReadError : NetworkError {
  using NetworkError::NetworkError;
};
struct WriteError : NetworkError {
  using NetworkError::NetworkError;
};
struct ProxyError : TransportError {
  using TransportError::TransportError;
};
/// Neither http nor https.
struct UnsupportedProtocol : TransportError {
  using TransportError::TransportError;
};
/// What the caller gave is no HTTP: a line break in a header field.
struct LocalProtocolError : TransportError {
  using TransportError::TransportError;
};
/// What the server sent is no HTTP.
struct RemoteProtocolError : TransportError {
  using TransportError::TransportError;
};
/// A body whose compression is broken.
struct DecodingError : RequestError {
  using RequestError::RequestError;
};
struct TooManyRedirects : RequestError {
  using RequestError::RequestError;
};
/// More than response_bytes_max; httpx has no such limit.
struct ResponseTooLarge : RequestError {
  using RequestError::RequestError;
};
struct InvalidUrl : HttpClientError {
  using HttpClientError::HttpClientError;
};

/// An answer, whole and decompressed.
struct ClientResponse {
  int status_code = 200;
  Headers headers = {};
  std::string content = {};
  std::string url = {};                   // that answered: after redirects
  std::string method = {};                // likewise
  std::int64_t elapsed_us = 0;            // from the call to the end of the body
  std::vector<std::string> history = {};  // URLs that led here by redirects

  const std::string& text() const { return content; }
  bool is_success() const { return status_code >= 200 && status_code < 300; }
  bool is_redirect() const { return status_code >= 300 && status_code < 400; }
  bool is_error() const { return status_code >= 400; }
  /// Throws HttpStatusError unless it is a success; gives itself back.
  const ClientResponse& raise_for_status() const;
  /// The body as JSON; JsonError when it is none.
  Json json() const { return Json::parse(content); }
  /// The body as a T, checked by its rules; ValidationError when it does not fit.
  template <class T>
  T json() const {
    return model_validate_json<T>(content);
  }
};

/// Thrown by raise_for_status alone.
struct HttpStatusError : HttpClientError {
  HttpStatusError(const std::string& message, ClientResponse answer)
      : HttpClientError(message), response(std::move(answer)) {}
  ClientResponse response;
};

/// A JSON body: Json, or any schema.
class JsonBody {
 public:
  JsonBody(const Json& value) : text_(value.dump()) {}  // NOLINT(google-explicit-constructor)
  template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, Json> &&
             !std::same_as<std::remove_cvref_t<T>, JsonBody>)
  JsonBody(const T& value)  // NOLINT(google-explicit-constructor)
      : text_(model_dump_json(value)) {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Of one call. Of json, data and content at most one.
struct RequestOptions {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  Pairs params = {};                        // added to the URL's query, percent-encoded
  Pairs headers = {};                       // in place of the client's own of those names
  std::optional<JsonBody> json = {};        // application/json
  Pairs data = {};                          // application/x-www-form-urlencoded
  std::optional<std::string> content = {};  // bytes as they are; say what in content-type
  std::optional<bool> follow_redirects = {};
  std::optional<int> timeout_ms = {};  // see AsyncClientOptions
};

struct AsyncClientOptions {
  std::string base_url = {};           // "https://api.example.com/v1": before paths
  RequestOptions::Pairs headers = {};  // of every call
  RequestOptions::Pairs params = {};   // likewise
  // To connect, for a free connection, and between two pieces of what is sent or received, each;
  // 0: for ever. As httpx's timeout.
  int timeout_ms = 5000;
  int total_ms_max = 0;  // of a whole call with its redirects; 0: any
  bool follow_redirects = false;
  int max_redirects = 20;
  std::size_t response_bytes_max = 16UL * 1024 * 1024;  // decompressed
  std::size_t max_connections = 100;
  std::size_t max_keepalive_connections = 20;
  int keepalive_expiry_ms = 5000;
  std::size_t queue_limit = 1024;  // calls that wait for a connection; one more is PoolTimeout
  bool verify = true;              // the server's certificate
  std::string ca_file = {};        // of authorities, in place of the system's
  std::string cert_file = {};      // the client's own, PEM
  std::string key_file = {};       // "": it is in cert_file
  std::string proxy = {};          // "http://proxy:3128"
  bool trust_env = true;           // HTTPS_PROXY, NO_PROXY and so on say where the proxy is
};

/// A call as a transport is given it: all is in it.
struct ClientRequest {
  std::string method;
  std::string url;
  Headers headers = {};
  std::string content = {};

  /// The path, with the query: "/items?q=tea".
  std::string target() const;
};

/// What answers calls. Stands for httpx.AsyncBaseTransport.
class AsyncTransport {
 public:
  virtual ~AsyncTransport() = default;
  /// From any thread with an event loop.
  virtual Task<ClientResponse> handle_async_request(ClientRequest request) = 0;
};

/// A client whose calls are answered by a function, for tests:
/// `AsyncClient client({}, mock_transport([](const ClientRequest&) { return ClientResponse{}; }));`
template <class Function>
std::shared_ptr<AsyncTransport> mock_transport(Function function) {
  struct MockTransport final : AsyncTransport {
    explicit MockTransport(Function answer) : function(std::move(answer)) {}
    Task<ClientResponse> handle_async_request(ClientRequest request) override {
      co_return function(static_cast<const ClientRequest&>(request));
    }
    Function function;
  };
  return std::make_shared<MockTransport>(std::move(function));
}

class AsyncClient {
 public:
  explicit AsyncClient(AsyncClientOptions options = {},
                       std::shared_ptr<AsyncTransport> transport = nullptr);
  AsyncClient(AsyncClient&&) noexcept;
  AsyncClient& operator=(AsyncClient&&) noexcept;
  /// Calls that still run end as TransportError.
  ~AsyncClient();

  /// Throws one of the errors above; an answer of 400 or 500 is an answer.
  Task<ClientResponse> request(std::string method, std::string url, RequestOptions options = {});
  Task<ClientResponse> get(std::string url, RequestOptions options = {}) {
    return request("GET", std::move(url), std::move(options));
  }
  Task<ClientResponse> head(std::string url, RequestOptions options = {}) {
    return request("HEAD", std::move(url), std::move(options));
  }
  Task<ClientResponse> options(std::string url, RequestOptions options = {}) {
    return request("OPTIONS", std::move(url), std::move(options));
  }
  Task<ClientResponse> post(std::string url, RequestOptions options = {}) {
    return request("POST", std::move(url), std::move(options));
  }
  Task<ClientResponse> put(std::string url, RequestOptions options = {}) {
    return request("PUT", std::move(url), std::move(options));
  }
  Task<ClientResponse> patch(std::string url, RequestOptions options = {}) {
    return request("PATCH", std::move(url), std::move(options));
  }
  /// `delete` is a keyword of C++.
  Task<ClientResponse> del(std::string url, RequestOptions options = {}) {
    return request("DELETE", std::move(url), std::move(options));
  }

 private:
  struct State;
  std::shared_ptr<State> state_;  // calls hold it, too
};

}  // namespace plinth

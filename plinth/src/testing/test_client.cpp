#include <algorithm>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/context.hpp"
#include "http/query.hpp"
#include "http/request_trace.hpp"
#include "plinth/testing.hpp"
#include "routing/app_state.hpp"

namespace plinth {

namespace {

constexpr int redirects_max = 20;

std::string lower(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return made;
}

// "http://testserver/a?b#c" -> {"http", "testserver", "/a?b"}
struct Address {
  std::string scheme;
  std::string host;
  std::string target;

  Address(std::string_view url, std::string_view base) {
    url = url.substr(0, url.find('#'));
    std::string whole(url.find("://") == std::string_view::npos ? base : std::string_view{});
    whole += url;
    auto colon = whole.find("://");
    auto path = std::min(whole.find('/', colon + 3), whole.size());
    scheme = whole.substr(0, colon);
    host = whole.substr(colon + 3, path - colon - 3);
    target = path == whole.size() ? "/" : whole.substr(path);
  }
};

std::optional<Json> find_json(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const JsonError&) {
    return std::nullopt;
  }
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

// One started app and what a browser would keep of it.
struct TestClient::Session {
  Session(App& tested, TestClientOptions client_options)
      : app(tested), options(std::move(client_options)) {
    run(app.startup());
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    try {
      run(app.shutdown());
    } catch (...) {
      // A destructor cannot tell; what shutdown throws is in the log.
    }
  }

  TestResponse ask(const TestRequest& asked, const HeaderList& more);
  void keep_cookies(const Headers& headers);
  std::string cookie_header() const;

  App& app;
  TestClientOptions options;
  HeaderList cookies;
};

namespace {

// Everything a Request points into.
struct Prepared {
  Prepared(const TestRequest& asked, const Address& url, const TestClient::HeaderList& more,
           std::string cookies)
      : method(asked.method), target(url.target), scheme(url.scheme), body(asked.body) {
    add("host", url.host);
    if (!asked.content_type.empty()) add("content-type", asked.content_type);
    if (!body.empty()) add("content-length", std::to_string(body.size()));
    for (const auto& [name, value] : asked.headers) add(name, value);
    auto given = headers.size();
    for (const auto& [name, value] : more) {
      bool own = std::ranges::find(headers.begin(), headers.begin() + static_cast<long>(given),
                                   lower(name), &Headers::Field::first) !=
                 headers.begin() + static_cast<long>(given);
      if (!own) add(name, value);
    }
    if (!cookies.empty()) add("cookie", cookies);
    fill(url.host);
  }

  void add(std::string_view name, std::string_view value) {
    headers.emplace_back(lower(name), std::string(value));
  }
  void fill(const std::string& host) {
    request.method = method;
    request.target = target;
    auto question = std::min(target.find('?'), target.size());
    request.path = http::percent_decode(std::string_view(target).substr(0, question));
    request.query_string = std::string_view(target).substr(std::min(question + 1, target.size()));
    for (const auto& [name, value] : headers) request.headers.push_back({name, value});
    request.body = body;
    request.scheme = scheme;
    request.host = host;
    request.client_host = "testclient";
    request.client_port = 50000;
  }

  std::string method;
  std::string target;
  std::string scheme;
  std::string body;
  TestClient::HeaderList headers;
  Request request;
};

Task<Response> serve(App& app, Request& request, std::exception_ptr& background_error) {
  http::RequestTrace trace;
  trace.begin(request);
  const base::Context context{.request_id = &request.request_id,
                              .celery = app.celery(),
                              .request = &request,
                              .trail = &trace.trail()};
  // The server's own limit is not asked: there is no server.
  if (request.body.size() > app.body_limit(request, request.body.size())) {
    trace.end(request, 413);
    co_return Response::text(std::string(reason_phrase(413)), 413);
  }
  auto response = co_await base::in_context(context, app.handle(request));
  trace.end(request, response.status);
  auto background = response.background.take();
  trace.follow(background);
  for (auto& work : background) {
    try {
      co_await base::in_context(context, work->run());
    } catch (...) {
      if (!background_error) background_error = std::current_exception();
    }
  }
  co_return response;
}

}  // namespace

TestResponse TestClient::Session::ask(const TestRequest& asked, const HeaderList& more) {
  const Address url(asked.url, options.base_url);
  Prepared prepared(asked, url, more, cookie_header());

  std::exception_ptr unhandled;
  auto& state = *app.state_;
  state.unhandled = &unhandled;
  std::exception_ptr background_error;
  auto response = run(serve(app, prepared.request, background_error));
  state.unhandled = nullptr;
  if (!unhandled) unhandled = background_error;
  if (unhandled && options.raise_server_exceptions) std::rethrow_exception(unhandled);

  TestResponse answer{.status = response.status, .headers = {}, .text = {}, .json = {}};
  bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  if (!bodiless) {
    answer.headers.append("content-length", std::to_string(response.content().size()));
  }
  if (!response.media_type.empty()) answer.headers.append("content-type", response.media_type);
  for (const auto& [name, value] : response.headers) answer.headers.append(name, value);
  if (asked.method != "HEAD" && !bodiless) answer.text = response.content();
  if (auto json = find_json(answer.text)) answer.json = std::move(*json);
  keep_cookies(answer.headers);
  return answer;
}

void TestClient::Session::keep_cookies(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (name != "set-cookie") continue;
    auto pair = std::string_view(value).substr(0, value.find(';'));
    auto equals = std::min(pair.find('='), pair.size());
    std::string cookie(pair.substr(0, equals));
    std::erase_if(cookies, [&](const auto& kept) { return kept.first == cookie; });
    if (lower(value).find("max-age=0") != std::string::npos) continue;
    cookies.emplace_back(cookie, pair.substr(std::min(equals + 1, pair.size())));
  }
}

std::string TestClient::Session::cookie_header() const {
  std::string text;
  for (const auto& [name, value] : cookies) {
    if (!text.empty()) text += "; ";
    ((text += name) += '=') += value;
  }
  return text;
}

TestClient::TestClient(App& app, TestClientOptions options)
    : session_(std::make_shared<Session>(app, std::move(options))) {}

TestResponse TestClient::request(const TestRequest& request) {
  auto next = request;
  for (int hops = 0;; ++hops) {
    auto response = session_->ask(next, headers_);
    auto location = response.headers.get("location");
    if (!session_->options.follow_redirects || !is_redirect(response.status) || !location) {
      return response;
    }
    if (hops == redirects_max) throw std::runtime_error("too many redirects");
    next.url = *location;
    bool keeps_method = response.status == 307 || response.status == 308;
    if (!keeps_method && next.method != "HEAD") {
      next.method = "GET";
      next.body.clear();
      next.content_type.clear();
    }
  }
}

TestResponse TestClient::get(std::string_view url, HeaderList headers) {
  return request({.url = std::string(url), .headers = std::move(headers)});
}
TestResponse TestClient::head(std::string_view url, HeaderList headers) {
  return request({.method = "HEAD", .url = std::string(url), .headers = std::move(headers)});
}
TestResponse TestClient::options(std::string_view url, HeaderList headers) {
  return request({.method = "OPTIONS", .url = std::string(url), .headers = std::move(headers)});
}
TestResponse TestClient::del(std::string_view url, HeaderList headers) {
  return request({.method = "DELETE", .url = std::string(url), .headers = std::move(headers)});
}

namespace {

TestRequest with_json(std::string_view method, std::string_view url, const Json& body,
                      TestClient::HeaderList headers) {
  return {.method = std::string(method),
          .url = std::string(url),
          .headers = std::move(headers),
          .body = body.dump(),
          .content_type = "application/json"};
}

}  // namespace

TestResponse TestClient::post(std::string_view url, const Json& body, HeaderList headers) {
  return request(with_json("POST", url, body, std::move(headers)));
}
TestResponse TestClient::put(std::string_view url, const Json& body, HeaderList headers) {
  return request(with_json("PUT", url, body, std::move(headers)));
}
TestResponse TestClient::patch(std::string_view url, const Json& body, HeaderList headers) {
  return request(with_json("PATCH", url, body, std::move(headers)));
}

TestResponse TestClient::post_form(std::string_view url, const Form& fields, HeaderList headers) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (!body.empty()) body += '&';
    ((body += http::percent_encode(name, "")) += '=') += http::percent_encode(value, "");
  }
  return request({.method = "POST",
                  .url = std::string(url),
                  .headers = std::move(headers),
                  .body = std::move(body),
                  .content_type = "application/x-www-form-urlencoded"});
}

TestClient TestClient::with_header(std::string_view name, std::string_view value) const {
  auto client = *this;
  auto field = lower(name);
  std::erase_if(client.headers_, [&](const auto& kept) { return kept.first == field; });
  client.headers_.emplace_back(std::move(field), std::string(value));
  return client;
}
TestClient TestClient::bearer(std::string_view token) const {
  return with_header("authorization", "Bearer " + std::string(token));
}

void TestClient::set_cookie(std::string_view name, std::string_view value) {
  session_->cookies.emplace_back(std::string(name), std::string(value));
}

}  // namespace plinth

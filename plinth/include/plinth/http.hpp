// Messages: Headers, Request, Response. Stands for Starlette's requests and responses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/json.hpp"
#include "plinth/task.hpp"

namespace plinth {

/// Header fields in the order they were added. Names are lower case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  /// The first value of that name (lower case).
  std::optional<std::string_view> get(std::string_view name) const;
  bool contains(std::string_view name) const { return get(name).has_value(); }
  void append(std::string_view name, std::string_view value);
  /// Replaces every field of that name by one, at the place of the first.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  /// Adds a name to Vary unless it is there.
  void add_vary(std::string_view name);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

/// A header field of a request; both views live as long as the request. Names are lower case.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

/// One request. Views point into the connection's buffer (or the test client's) and live until the
/// response is made.
struct Request {
  std::string_view method;  // "GET"; case-sensitive token
  std::string_view target;  // as received: "/health?a=1", absolute-form reduced to origin-form
  std::string path;         // percent-decoded, valid UTF-8 (bad bytes become U+FFFD)
  std::string_view query_string;  // without '?', not decoded
  std::vector<HeaderView> headers;
  std::string_view body;  // whole, de-chunked
  int minor_version = 1;  // HTTP/1.x
  std::string_view scheme = "http";
  std::string
      host;  // Host or the authority of an absolute-form target; "" with HTTP/1.0 without Host
  std::string client_host;  // peer's address as text, "" in-process
  std::uint16_t client_port = 0;

  std::string request_id;  // set before routing; see X-Request-ID
  std::string_view route;  // the matched route's template ("/items/{id}"); "" when none matched

  /// First value of a header; name in lower case.
  std::optional<std::string_view> header(std::string_view name) const {
    for (const auto& field : headers) {
      if (field.name == name) return field.value;
    }
    return std::nullopt;
  }
};

/// Work to do after the response has been sent. Stands for FastAPI's BackgroundTasks.
class BackgroundTasks {
 public:
  struct Work {
    virtual ~Work() = default;
    virtual Task<void> run() = 0;
  };
  using List = std::vector<std::unique_ptr<Work>>;

  /// Calls `function(arguments...)` on the loop after the response; a Task it returns is awaited,
  /// what it throws is logged. Only when the handler returned normally.
  template <class Function, class... Arguments>
  void add_task(Function function, Arguments... arguments) {
    struct Call final : Work {
      explicit Call(Function f, Arguments... values)
          : call(std::move(f)), with(std::move(values)...) {}
      Task<void> run() override {
        if constexpr (detail::is_task<std::invoke_result_t<Function&, Arguments...>>) {
          co_await std::apply(call, std::move(with));
        } else {
          std::apply(call, std::move(with));
          co_return;
        }
      }
      Function call;
      std::tuple<Arguments...> with;
    };
    work_.push_back(std::make_unique<Call>(std::move(function), std::move(arguments)...));
  }
  bool empty() const { return work_.empty(); }
  List take() { return std::exchange(work_, {}); }

 private:
  List work_;
};

/// One response. content-length, date, server and connection are added when it is written.
struct Response {
  int status = 200;
  std::string body;
  std::string_view static_body = {};                 // instead of `body`: bytes that live for ever
  std::string_view media_type = "application/json";  // static text; "" sends no content-type
  Headers headers = {};
  BackgroundTasks background = {};

  std::string_view content() const {
    return static_body.data() ? static_body : std::string_view(body);
  }

  static Response json(const Json& value, int status = 200);
  static Response text(std::string body, int status = 200);  // text/plain; charset=utf-8
  static Response html(std::string body, int status = 200);  // text/html; charset=utf-8
  /// Location is percent-encoded as Starlette does. 307 unless told.
  static Response redirect(std::string_view location, int status = 307);
};

}  // namespace plinth

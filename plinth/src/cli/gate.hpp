// What stands before the application until its database has been seen: a process that starts while
// the database is away answers 503 and is whole by itself once the database is there.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "plinth/app.hpp"
#include "plinth/cli.hpp"

namespace plinth::cli {

/// Thread safety: as a Handler.
class Gate final : public detail::Handler {
 public:
  Gate(App& app, const Program& program);

  /// Called, on the loop that started it, when the application can never serve: it has been logged.
  void on_failure(std::function<void()> end) { end_ = std::move(end); }
  bool failed() const { return failed_; }

  /// Throws when the database may not be served; returns early when it cannot be reached.
  Task<void> startup() override;
  Task<void> shutdown() override;
  std::size_t body_limit(const Request& request, std::size_t server_limit) override {
    return app_.body_limit(request, server_limit);
  }
  const void* celery() const override { return app_.celery(); }
  Task<Response> handle(Request& request) override;

 private:
  Task<void> check();
  Task<void> wait();
  Task<void> try_again();
  bool is_always_answered(std::string_view path) const;

  App& app_;
  const Program& program_;
  const std::string url_;
  std::function<void()> end_ = [] {};
  std::atomic<bool> open_ = false;
  bool started_ = false;  // the application, so that it is to be shut down
  bool failed_ = false;
};

}  // namespace plinth::cli

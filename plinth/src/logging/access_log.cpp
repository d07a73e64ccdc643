// A line a request.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "base/log.hpp"
#include "logging/format.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/logging.hpp"

namespace plinth {
namespace {

std::int64_t now() {
  ::timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class AccessLogMiddleware final : public detail::Middleware {
 public:
  explicit AccessLogMiddleware(AccessLog options) : options_(std::move(options)) {}

  bool before(Request&, Response&, std::uint64_t& started) override {
    started = static_cast<std::uint64_t>(now());
    return true;
  }

  Task<void> after(const Request& request, Response& response, std::uint64_t started) override {
    const auto level = response.status >= 500 ? logging::Level::error : logging::Level::info;
    if (!base::log_enabled(level) ||
        std::ranges::find(options_.excluded_paths, request.path) != options_.excluded_paths.end()) {
      return {};
    }
    // A query may hold tokens and personal data, so it stays out.
    std::string message(request.method);
    message.append(" ").append(request.path).append(" ").append(std::to_string(response.status));
    const auto microseconds =
        static_cast<double>(now() - static_cast<std::int64_t>(started)) / 1000;
    const logging::Field fields[] = {{"method", request.method},
                                     {"path", request.path},
                                     {"status", response.status},
                                     {"duration_ms", std::round(microseconds) / 1000},
                                     {"client", request.client_host}};
    base::log(
        {.level = level, .message = message, .fields = fields, .logger = logging::access_logger});
    return {};
  }

 private:
  AccessLog options_;
};

}  // namespace

std::unique_ptr<detail::Middleware> make_middleware(AccessLog options) {
  return std::make_unique<AccessLogMiddleware>(std::move(options));
}

}  // namespace plinth

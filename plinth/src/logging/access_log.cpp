// A line a request.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/log_levels.hpp"
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

std::string_view user_agent_of(const Request& request) {
  constexpr std::size_t bytes_max = 512;
  return request.header("user-agent").value_or("").substr(0, bytes_max);
}

// Of the body, as it is sent.
std::size_t bytes_of(const Request& request, const Response& response) {
  return request.method == "HEAD" ? 0 : response.content().size();
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
    if (!base::log_enabled(level, logging::access_logger) ||
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
                                     {"bytes", bytes_of(request, response)},
                                     {"route", request.route},
                                     {"client", request.client_host},
                                     {"user_agent", user_agent_of(request)}};
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

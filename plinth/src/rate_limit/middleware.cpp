// A limit around all routes.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "plinth/app.hpp"
#include "plinth/rate_limit.hpp"
#include "rate_limit/fields.hpp"

namespace plinth {

namespace {

class RateLimitMiddleware final : public detail::AsyncMiddleware {
 public:
  explicit RateLimitMiddleware(RateLimit options)
      : options_(std::move(options)), rate_(read_rate(options_)) {}

  Task<Response> handle(Request& request, Next next) override {
    if (std::ranges::find(options_.excluded_paths, request.path) != options_.excluded_paths.end()) {
      return next(request);
    }
    return limited(request, next);
  }

 private:
  static Rate read_rate(const RateLimit& options) {
    if (const auto rate = Rate::parse(options.rate)) return *rate;
    throw std::invalid_argument("RateLimit: rate \"" + options.rate +
                                "\": write \"600/minute\" or \"100/15 minutes\"");
  }

  Task<Response> limited(Request& request, Next next) {
    std::vector<Bucket> buckets;
    buckets.push_back({.name = options_.name, .rate = rate_, .key = options_.key(request)});
    const auto result = co_await options_.limiter.take(buckets);
    Response response;
    if (result.outcome == RateLimitOutcome::allowed) {
      response = co_await next(request);
    } else {
      response = refusal(result);
    }
    if (!result.buckets.empty()) {
      const auto fields = rate_limit::fields_of(buckets, result.buckets);
      response.headers.append("ratelimit-policy", fields.policy);
      response.headers.append("ratelimit", fields.limit);
    }
    co_return response;
  }

  // A flood must not cost a throw for each request.
  static Response refusal(const RateLimitResult& result) {
    const bool limited = result.outcome == RateLimitOutcome::limited;
    Response response{.status = limited ? 429 : 503,
                      .body = limited ? R"({"detail":"Too Many Requests"})"
                                      : R"({"detail":"Service Unavailable"})"};
    const auto seconds = limited ? rate_limit::retry_after(result.buckets[result.refused_by]) : 1;
    response.headers.append("retry-after", std::to_string(seconds));
    return response;
  }

  RateLimit options_;
  Rate rate_;
};

}  // namespace

std::unique_ptr<detail::AsyncMiddleware> make_middleware(RateLimit options) {
  return std::make_unique<RateLimitMiddleware>(std::move(options));
}

}  // namespace plinth

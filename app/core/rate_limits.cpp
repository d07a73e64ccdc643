#include "app/core/rate_limits.hpp"

#include <exception>
#include <string_view>
#include <utility>

#include "app/services/login_networks.hpp"
#include "plinth/proxy_headers.hpp"
#include "plinth/security_log.hpp"

namespace app {

namespace {

// Names are seen in RateLimit-Policy.
constexpr auto login_failures = "login-failures";
constexpr auto login_account = "login-account";

void add(std::vector<Bucket>& buckets, const Settings& settings, std::string name,
         const std::string& rate, std::string key) {
  const auto parsed = Rate::parse(rate);
  if (!*settings.rate_limit_enabled || !parsed) return;
  buckets.push_back({.name = std::move(name), .rate = *parsed, .key = std::move(key)});
}

// Takes from the buckets, if there are any; a refusal is logged as `event` of the limit `name`.
Task<void> require(const RateLimiter& limiter, std::vector<Bucket> buckets, Response& response,
                   SecurityEvent event, std::string name) {
  if (buckets.empty()) co_return;
  try {
    co_await limiter.require(std::move(buckets), response);
  } catch (const HttpError& refusal) {
    if (refusal.status == 429) logging::security(event, {{"limit", name}});
    throw;
  }
}

Task<void> limit_network(const Request& request, Response& response, const RateLimiter& limiter,
                         const Settings& settings, std::string name, const std::string& rate) {
  std::vector<Bucket> buckets;
  add(buckets, settings, name, rate, client_network(request));
  return require(limiter, std::move(buckets), response, SecurityEvent::excess_rate_limit_exceeded,
                 std::move(name));
}

// "10.0.0.1, 10.1.0.0/16"
std::vector<std::string> separated(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else if (c != ' ') {
      parts.back() += c;
    }
  }
  std::erase(parts, "");
  return parts;
}

OnError on_error_of(const Settings& settings) {
  if (settings.rate_limit_on_error->str() == "allow") return OnError::allow;
  return settings.rate_limit_on_error->str() == "deny" ? OnError::deny : OnError::memory;
}

}  // namespace

RateLimiter make_rate_limiter(const Settings& settings) {
  return RateLimiter({.redis_url = settings.redis_url,
                      .on_error = on_error_of(settings),
                      .timeout_ms = *settings.rate_limit_timeout_ms});
}

void use_default_limit(App& app, const Settings& settings) {
  if (!*settings.rate_limit_enabled || *settings.rate_limit_default == "off") return;
  app.use(RateLimit{.limiter = app.provided<RateLimiter>(), .rate = *settings.rate_limit_default});
}

void use_proxy_headers(App& app, const Settings& settings) {
  const auto proxies = separated(*settings.forwarded_allow_ips);
  if (proxies.empty()) return;
  app.use(ProxyHeaders{.trusted_hosts = proxies,
                       .fields = settings.forwarded_fields->str() == "forwarded"
                                     ? ForwardedBy::forwarded
                                     : ForwardedBy::x_forwarded,
                       .forwarded_host = *settings.forwarded_host});
}

Task<void> limit_login(const Request& request, Response& response, const RateLimiter& limiter,
                       const Settings& settings) {
  return limit_network(request, response, limiter, settings, "login", *settings.rate_limit_login);
}
Task<void> limit_register(const Request& request, Response& response, const RateLimiter& limiter,
                          const Settings& settings) {
  return limit_network(request, response, limiter, settings, "register",
                       *settings.rate_limit_register);
}
Task<void> limit_refresh(const Request& request, Response& response, const RateLimiter& limiter,
                         const Settings& settings) {
  return limit_network(request, response, limiter, settings, "refresh",
                       *settings.rate_limit_refresh);
}
Task<void> limit_reset(const Request& request, Response& response, const RateLimiter& limiter,
                       const Settings& settings) {
  return limit_network(request, response, limiter, settings, "reset", *settings.rate_limit_reset);
}

AccountLimits::AccountLimits(const Request& request, Response& response, Session& session,
                             const RateLimiter& limiter, const Settings& settings)
    : request_(request),
      response_(response),
      session_(session),
      limiter_(limiter),
      settings_(settings) {}

// Two buckets: the account's failures from this network, and those from all networks that it has
// never logged in from. The second stops a guesser with many addresses; it is not asked where the
// owner has logged in before, so that nobody can lock them out there.
Task<void> AccountLimits::admit_login(std::string email) {
  const auto account = account_key(email);
  const auto network = client_network(request_);
  std::vector<Bucket> own;
  const std::string_view parts[] = {account, network};
  add(own, settings_, login_failures, *settings_.rate_limit_login_failures,
      detail::joined_key(parts, 2));
  auto both = own;
  add(both, settings_, login_account, *settings_.rate_limit_login_account, account);
  if (both.empty()) co_return;

  const auto result = co_await limiter_.take(both);
  counted_ = both;
  if (result.outcome == RateLimitOutcome::allowed) co_return;
  counted_.clear();
  const bool by_account =
      result.outcome == RateLimitOutcome::limited && both[result.refused_by].name == login_account;
  if (by_account && co_await has_logged_in_from(session_, email, network)) {
    co_await require(limiter_, own, response_, SecurityEvent::authn_login_fail_max, login_failures);
    counted_ = own;
    co_return;
  }
  // Asked again, so that it answers; it may have a token by now.
  co_await require(
      limiter_, both, response_,
      by_account ? SecurityEvent::authn_login_lock : SecurityEvent::authn_login_fail_max,
      by_account ? login_account : login_failures);
  counted_ = both;
}

Task<void> AccountLimits::logged_in(const User& user) {
  try {
    co_await remember_network(session_, *user.id, client_network(request_));
  } catch (const IntegrityError&) {  // deleted at this moment
    throw HttpError(401, "Invalid credentials");
  }
  for (const auto& bucket : std::exchange(counted_, {})) {
    co_await limiter_.give_back(bucket, bucket.name == login_failures ? bucket.rate.quota : 1);
  }
}

Task<void> AccountLimits::forget_attempt() {
  for (const auto& bucket : std::exchange(counted_, {})) co_await limiter_.give_back(bucket, 1);
}

Task<void> AccountLimits::admit_mail(std::string email) {
  std::vector<Bucket> buckets;
  add(buckets, settings_, "mail", *settings_.rate_limit_mail, account_key(email));
  co_await require(limiter_, std::move(buckets), response_,
                   SecurityEvent::excess_rate_limit_exceeded, "mail");
}

Yield<AccountLimits> get_account_limits(const Request& request, Response& response,
                                        SessionDep session, const RateLimiter& limiter,
                                        const Settings& settings) {
  AccountLimits limits(request, response, session, limiter, settings);
  std::exception_ptr thrown;
  try {
    co_yield limits;
  } catch (const HttpError& error) {
    if (error.status < 500) throw;
    thrown = std::current_exception();
  } catch (...) {
    thrown = std::current_exception();
  }
  if (!thrown) co_return;
  co_await limits.forget_attempt();
  std::rethrow_exception(thrown);
}

}  // namespace app

// How often clients may ask for what is dear or can be guessed: log in, register, have mails sent.
// What the limits stop, and what they must not enable: docs/rate-limits.md
#pragma once

#include <string>
#include <vector>

#include "app/core/settings.hpp"
#include "app/db/session.hpp"
#include "app/models/user.hpp"
#include "plinth/rate_limit.hpp"

namespace app {

/// The limiter of the settings; provided to handlers as `const RateLimiter&`.
RateLimiter make_rate_limiter(const Settings& settings);

/// RATE_LIMIT_DEFAULT, inside of CORS, so that a page of another origin can read the refusal.
void use_default_limit(App& app, const Settings& settings);
/// Whom the proxies of FORWARDED_ALLOW_IPS name as the client. Called last: all else sees it.
void use_proxy_headers(App& app, const Settings& settings);

// Dependencies of routes, by the client's network: `.dependencies = {depends<limit_login>}`.
Task<void> limit_login(const Request& request, Response& response, const RateLimiter& limiter,
                       const Settings& settings);
Task<void> limit_register(const Request& request, Response& response, const RateLimiter& limiter,
                          const Settings& settings);
Task<void> limit_refresh(const Request& request, Response& response, const RateLimiter& limiter,
                         const Settings& settings);
/// For what sends a mail, or takes a token that was in one.
Task<void> limit_reset(const Request& request, Response& response, const RateLimiter& limiter,
                       const Settings& settings);

/// The limits of one request that depend on an account.
class AccountLimits {
 public:
  AccountLimits(const Request& request, Response& response, Session& session,
                const RateLimiter& limiter, const Settings& settings);

  /// Before a password is looked at. Counts the attempt as failed, whether or not the address has
  /// an account; HttpError 429 when there were too many. A request that then ends with 5xx has not
  /// counted.
  Task<void> admit_login(std::string email);
  /// After the right password: forgets the failures from this network, and remembers the network
  /// for this user; HttpError 401 when there is no such user any more. The caller commits.
  Task<void> logged_in(const User& user);

  /// Before a mail is sent to that address because somebody asked for it; HttpError 429 when too
  /// many asked.
  Task<void> admit_mail(std::string email);

  /// As if admit_login had not been called.
  Task<void> forget_attempt();

 private:
  const Request& request_;
  Response& response_;
  Session& session_;
  const RateLimiter& limiter_;
  const Settings& settings_;
  std::vector<Bucket> counted_ = {};  // what admit_login took from
};

Yield<AccountLimits> get_account_limits(const Request& request, Response& response,
                                        SessionDep session, const RateLimiter& limiter,
                                        const Settings& settings);
using LimitsDep = Depends<get_account_limits>;

}  // namespace app

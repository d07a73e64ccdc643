// Checks for an application's own `doctor`, beside those that it always makes. Each gives up after
// five seconds, throws nothing and shows no password. Example: app/core/doctor.cpp
//
//   auto findings = check_redis("REDIS_URL", settings.redis_url);
//   findings.push_back(check_smtp("SMTP_URL", settings.smtp_url));
#pragma once

#include <string>
#include <vector>

#include "plinth/cli.hpp"

namespace plinth {

/// Whether Redis answers, which version it is, whether it may lose or evict what is queued in it,
/// whether it is a replica, and how far its clock is off.
std::vector<Finding> check_redis(const std::string& subject, const std::string& url);

/// Whether the mail server can be reached: a warning when not, since mails are sent again.
Finding check_smtp(const std::string& subject, const std::string& url);

/// Whether somebody listens where an http or https URL leads; `otherwise` when not.
Finding check_reachable(const std::string& subject, const std::string& url,
                        Finding::Level otherwise);

/// A warning when others than the owner and the group may read a file of secrets; empty when there
/// is no such file, or it is well kept.
std::vector<Finding> check_private_file(const std::string& subject, const std::string& path);

}  // namespace plinth

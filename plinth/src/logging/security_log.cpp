#include "plinth/security_log.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/context.hpp"
#include "base/log_levels.hpp"
#include "plinth/http.hpp"

namespace plinth {
namespace {

using logging::Field;
using logging::Level;

struct Row {
  SecurityEvent event;
  std::string_view name;
  Level level;
  std::string_view message;
};

using enum SecurityEvent;
constexpr Row rows[] = {
    {authn_login_success, "authn_login_success", Level::info, "a login succeeded"},
    {authn_login_successafterfail, "authn_login_successafterfail", Level::info,
     "a login succeeded after failures"},
    {authn_login_fail, "authn_login_fail", Level::warning, "a login failed"},
    {authn_login_fail_max, "authn_login_fail_max", Level::warning, "too many logins failed"},
    {authn_login_lock, "authn_login_lock", Level::warning, "logins are refused for a while"},
    {authn_password_change, "authn_password_change", Level::info, "a password was changed"},
    {authn_password_change_fail, "authn_password_change_fail", Level::warning,
     "a change of a password was refused"},
    {authn_password_reset_request, "authn_password_reset_request", Level::info,
     "a password reset was asked for"},
    {authn_password_reset, "authn_password_reset", Level::warning, "a password was reset"},
    {authn_email_verified, "authn_email_verified", Level::info, "an e-mail address was verified"},
    {authn_token_created, "authn_token_created", Level::info, "a token was made"},
    {authn_token_revoked, "authn_token_revoked", Level::info, "a token was revoked"},
    {authn_token_reuse, "authn_token_reuse", Level::critical, "a used token came again"},
    {authn_token_delete, "authn_token_delete", Level::warning, "a token was deleted"},
    {authn_token_fail, "authn_token_fail", Level::warning, "a token was refused"},
    {authz_fail, "authz_fail", Level::warning, "permission was denied"},
    {authz_change, "authz_change", Level::warning, "permissions were changed"},
    {authz_admin, "authz_admin", Level::warning, "an administrator acted"},
    {crypt_key_rotated, "crypt_key_rotated", Level::warning, "a key was rotated"},
    {excess_rate_limit_exceeded, "excess_rate_limit_exceeded", Level::warning,
     "a rate limit was exceeded"},
    {input_validation_fail, "input_validation_fail", Level::warning, "an input was refused"},
    {malicious_cors, "malicious_cors", Level::warning, "an origin was refused"},
    {malicious_host, "malicious_host", Level::warning, "a host was refused"},
    {session_created, "session_created", Level::info, "a session began"},
    {session_renewed, "session_renewed", Level::info, "a session was renewed"},
    {session_expired, "session_expired", Level::info, "a session expired"},
    {session_use_after_expire, "session_use_after_expire", Level::critical,
     "an expired session was used"},
    {user_created, "user_created", Level::warning, "an account was made"},
    {user_updated, "user_updated", Level::warning, "an account was changed"},
    {user_archived, "user_archived", Level::warning, "an account was disabled"},
    {user_deleted, "user_deleted", Level::warning, "an account was deleted"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    if (rows[i].event != static_cast<SecurityEvent>(i)) return false;
  }
  return std::size(rows) == static_cast<std::size_t>(user_deleted) + 1;
}
static_assert(in_order(), "one row an event, in the order of the enumeration");

const Row& row_of(SecurityEvent event) { return rows[static_cast<std::size_t>(event)]; }

constexpr std::string_view logger = "security";
constexpr std::size_t own_fields_max = 4;  // event, client, method, path
constexpr std::size_t fields_max = 12;

}  // namespace

std::string_view to_string(SecurityEvent event) noexcept { return row_of(event).name; }

namespace logging {

void security(SecurityEvent event, std::initializer_list<Field> fields) {
  const Row& row = row_of(event);
  if (!base::log_enabled(row.level, logger)) return;
  std::vector<Field> all;
  all.reserve(own_fields_max + fields_max);
  all.emplace_back("event", row.name);
  const auto given = std::min(fields.size(), fields_max);
  all.insert(all.end(), fields.begin(), fields.begin() + given);
  if (base::current_context && base::current_context->request) {
    const Request& request = *base::current_context->request;
    all.emplace_back("client", std::string_view(request.client_host));
    all.emplace_back("method", request.method);
    all.emplace_back("path", std::string_view(request.path));
  }
  base::log({.level = row.level, .message = row.message, .fields = all, .logger = logger});
}

std::string masked_email(std::string_view email) {
  const auto at = email.rfind('@');
  if (at == std::string_view::npos || at == 0) return "***";
  // The first character, whole: it may be several bytes.
  std::size_t first = 1;
  while (first < at && (static_cast<unsigned char>(email[first]) & 0xc0) == 0x80) ++first;
  auto shown = std::string(email.substr(0, first)) + "***";
  shown += email.substr(at);
  return shown;
}

}  // namespace logging
}  // namespace plinth

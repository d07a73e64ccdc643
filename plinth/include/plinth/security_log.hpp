// The log of security events: who logged in, who failed to, who was refused. Stands for nothing in
// FastAPI; the names are those of the OWASP logging vocabulary, so that a SIEM knows them.
// Source: OWASP Logging Vocabulary Cheat Sheet; OWASP ASVS 5.0, 16.3
//
//   logging::security(SecurityEvent::authn_login_fail, {{"user", user.id}});
//
//   {"time":"2026-11-22T14:49:05.514340Z","level":"WARNING","logger":"security",
//    "message":"a login failed","request_id":"5f0c…","event":"authn_login_fail","user":7,
//    "client":"203.0.113.9","method":"POST","path":"/api/v1/auth/login"}
//
// `client`, `method`, `path` and the request id are those of the request that is answered, whatever
// function calls this; in a task they are left out. Give `user` as the number of the account, never
// as what was typed: people type passwords into the wrong field. A field with the name of a secret
// (password, token, authorization, cookie, …) is shown as stars.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "plinth/logging.hpp"

namespace plinth {

/// Names are stable: alarms are built on them. Those that OWASP does not have say so.
enum class SecurityEvent : std::uint8_t {
  authn_login_success,           // info
  authn_login_successafterfail,  // info
  authn_login_fail,              // warning
  authn_login_fail_max,          // warning: the limit of failures was reached
  authn_login_lock,              // warning: logins of an account are refused for a while
  authn_password_change,         // info
  authn_password_change_fail,    // warning
  authn_password_reset_request,  // info; not OWASP's
  authn_password_reset,          // warning: set by a link in an e-mail; not OWASP's
  authn_email_verified,          // info; not OWASP's
  authn_token_created,           // info
  authn_token_revoked,           // info
  authn_token_reuse,             // critical: a token that was used up came again
  authn_token_delete,            // warning: deleted by somebody else than its owner
  authn_token_fail,              // warning: a token that is no good; not OWASP's
  authz_fail,                    // warning
  authz_change,                  // warning: a user's role or scopes were changed
  authz_admin,                   // warning: something only administrators do
  crypt_key_rotated,             // warning; not OWASP's
  excess_rate_limit_exceeded,    // warning
  input_validation_fail,         // warning
  malicious_cors,                // warning: a page of another site asked
  malicious_host,                // warning: a request for a host that is not ours; not OWASP's
  session_created,               // info
  session_renewed,               // info
  session_expired,               // info
  session_use_after_expire,      // critical
  user_created,                  // warning
  user_updated,                  // warning
  user_archived,                 // warning: disabled
  user_deleted,                  // warning
};

/// "authn_login_fail"
std::string_view to_string(SecurityEvent event) noexcept;

namespace logging {

/// One line of the logger "security". `fields` beyond twelve are left out. From any thread.
void security(SecurityEvent event, std::initializer_list<Field> fields = {});

/// "a***@example.com": enough to find the account of a complaint, no use to who reads logs. "***"
/// for what has no '@'.
std::string masked_email(std::string_view email);

}  // namespace logging
}  // namespace plinth

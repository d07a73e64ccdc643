// One message to one server by libcurl; blocks.
#pragma once

#include <atomic>

#include "mail/message.hpp"
#include "mail/url.hpp"

namespace plinth::mail {

/// Throws MailError unless the server took the message for every recipient. Gives up within a
/// second or so of `closing`.
void deliver(const SmtpUrl& url, const MailerOptions& options, const Envelope& envelope,
             const std::atomic<bool>& closing);

}  // namespace plinth::mail

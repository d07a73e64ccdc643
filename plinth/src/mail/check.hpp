// What may stand in one line of a message. A line break in it would begin another header field, or
// another command to the server.
#pragma once

#include <string>
#include <string_view>

namespace plinth::mail {

/// Throws a permanent MailError that names the field when there is a line break, another control
/// character or no UTF-8.
void check_line(std::string_view field, std::string_view text);

/// With '?' for each control character; for error messages.
std::string without_controls(std::string_view text);

}  // namespace plinth::mail

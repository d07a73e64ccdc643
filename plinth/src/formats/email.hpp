// E-mail addresses, checked and normalised as pydantic's EmailStr.
#pragma once

#include <string_view>

#include "formats/problem.hpp"
#include "plinth/values.hpp"

namespace plinth::formats {

using EmailResult = Parsed<Email>;

/// An address, or one with a name: "Ann Lee <a@example.com>". The local part stays as written, the
/// domain comes out in lower case and in Unicode, all in NFC. No DNS. Source: pydantic 2.13
/// networks.validate_email, email-validator 2.3.
EmailResult validate_email(std::string_view text);

}  // namespace plinth::formats

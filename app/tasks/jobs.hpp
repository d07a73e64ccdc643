// Background jobs.
#pragma once

#include <string>

#include "app/prelude.hpp"

namespace app::tasks {

Task<void> send_welcome_email(std::string email);

}  // namespace app::tasks

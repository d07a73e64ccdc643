#include "app/tasks/jobs.hpp"

namespace app::tasks {

Task<void> send_welcome_email(std::string email) {
  logging::info("Welcome, " + email + "!");
  co_return;
}

}  // namespace app::tasks

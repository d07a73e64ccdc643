#include "app/tasks/jobs.hpp"

namespace app::tasks {

Task<void> welcome(std::string email, const std::optional<Mailer>& mailer, TaskContext& self) {
  if (!mailer) {
    logging::info("Welcome, " + email + "!");
    co_return;
  }
  co_await mailer->send({.to = {email},
                         .subject = "Welcome",
                         .text = "Welcome, " + email + "!\n",
                         .message_id = self.request().id});
}

}  // namespace app::tasks

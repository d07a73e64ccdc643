#include "app/tasks/celery_app.hpp"

#include "app/tasks/account_mails.hpp"
#include "app/tasks/jobs.hpp"
#include "app/tasks/maintenance.hpp"

namespace app::tasks {

Celery make_celery(Engine& engine, const Settings& settings) {
  auto redis_url = settings.redis_url;
  if (redis_url && redis_url->empty()) redis_url.reset();  // REDIS_URL= in .env

  auto celery = Celery("app", engine, {.broker_url = redis_url, .task_default_queue = "default"});
  celery.register_tasks(send_welcome_email, purge_expired_tokens);
  celery.register_tasks(send_verification_email, send_password_reset_email, send_email_change_email,
                        send_password_changed_email, send_email_changed_email,
                        send_already_registered_email);
  celery.add_periodic_task("purge-expired-tokens", every(3600), purge_expired_tokens.s());
  return celery;
}

}  // namespace app::tasks

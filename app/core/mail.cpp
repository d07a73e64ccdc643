#include "app/core/mail.hpp"

namespace app {

std::optional<Mailer> make_mailer(const Settings& settings) {
  if (!settings.smtp_url || settings.smtp_url->get_secret_value().empty()) return std::nullopt;
  return Mailer(settings.smtp_url->get_secret_value(), {.from = *settings.mail_from});
}

}  // namespace app

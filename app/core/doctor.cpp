#include "app/core/doctor.hpp"

#include <algorithm>
#include <stdexcept>

#include "app/core/doctor_security.hpp"
#include "app/core/mail.hpp"

namespace app {

namespace {

Finding examine_origins(const Settings& settings) {
  if (std::ranges::find(*settings.cors_origins, "*") != settings.cors_origins->end()) {
    return {Finding::Level::warning, "CORS_ORIGINS", "lets every site act for your users",
            "list the origins: CORS_ORIGINS=[\"https://app.example.com\"]"};
  }
  return {Finding::Level::ok, "CORS_ORIGINS", "lists its origins"};
}

Finding examine_hosts(const Settings& settings) {
  if (std::ranges::find(*settings.allowed_hosts, "*") == settings.allowed_hosts->end()) {
    return {Finding::Level::ok, "ALLOWED_HOSTS", "lists its hosts"};
  }
  if (*settings.env != "production") {
    return {Finding::Level::ok, "ALLOWED_HOSTS", "is any host, as long as this is no production"};
  }
  return {Finding::Level::warning, "ALLOWED_HOSTS", "is any host: links could be made for another",
          "list them: ALLOWED_HOSTS=[\"api.example.com\"]"};
}

Finding examine_debug(const Settings& settings) {
  if (*settings.env == "production" && *settings.debug) {
    return {Finding::Level::warning, "DEBUG", "is on in production", "set DEBUG=false"};
  }
  return {Finding::Level::ok, "DEBUG", *settings.debug ? "is on" : "is off"};
}

Finding examine_mail(const Settings& settings) {
  try {
    const auto mailer = make_mailer(settings);
    if (!mailer) return {Finding::Level::ok, "SMTP_URL", "is not set: mails are log lines"};
    if (*settings.mail_from == "noreply@localhost") {
      return {Finding::Level::warning, "MAIL_FROM", "is the default, which receivers refuse",
              "give an address of your domain: MAIL_FROM=\"Shop <shop@example.com>\""};
    }
    return {Finding::Level::ok, "SMTP_URL", "is " + mailer->shown()};
  } catch (const std::invalid_argument& error) {
    return {Finding::Level::problem, "mail", error.what()};
  }
}

Finding examine_register(const Settings& settings) {
  constexpr auto subject = "REGISTER_REVEALS_ACCOUNTS";
  if (*settings.register_reveals_accounts) {
    return {Finding::Level::warning, subject, "/register tells who has an account",
            "unless clients rely on its 400, set REGISTER_REVEALS_ACCOUNTS=false"};
  }
  return {Finding::Level::ok, subject, "/register tells nobody who has an account"};
}

}  // namespace

std::vector<Finding> examine(const Settings& settings) {
  auto findings = examine_security(settings);
  for (auto examine_one :
       {examine_origins, examine_hosts, examine_debug, examine_register, examine_mail}) {
    findings.push_back(examine_one(settings));
  }
  return findings;
}

}  // namespace app

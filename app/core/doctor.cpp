#include "app/core/doctor.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "app/core/doctor_security.hpp"
#include "app/core/mail.hpp"
#include "plinth/doctor.hpp"

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
    return check_smtp("SMTP_URL", settings.smtp_url->get_secret_value());
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

Finding examine_hsts(const Settings& settings) {
  constexpr auto subject = "HSTS_MAX_AGE";
  if (*settings.env == "production" && *settings.hsts_max_age == 0) {
    return {Finding::Level::warning, subject, "is 0: browsers may be led back to plain http",
            "once all is served over https: HSTS_MAX_AGE=31536000"};
  }
  return {Finding::Level::ok, subject, std::to_string(*settings.hsts_max_age) + " seconds"};
}

// Whoever is believed may say that he is anybody.
Finding examine_proxies(const Settings& settings) {
  constexpr auto subject = "FORWARDED_ALLOW_IPS";
  const auto& allowed = *settings.forwarded_allow_ips;
  for (const auto* everybody : {"*", "0.0.0.0/0", "::/0"}) {
    if (allowed.find(everybody) == std::string::npos) continue;
    return {Finding::Level::warning, subject,
            "lets every client say from where it comes: rate limits and logs are of no use",
            "list the proxies alone: FORWARDED_ALLOW_IPS=10.0.0.0/24"};
  }
  return {Finding::Level::ok, subject, "lists its proxies"};
}

Finding examine_counting(const Settings& settings) {
  constexpr auto subject = "RATE_LIMIT_…";
  const bool shared = settings.redis_url && !settings.redis_url->empty();
  if (*settings.rate_limit_enabled && !shared && *settings.web_concurrency > 1) {
    return {Finding::Level::warning, subject,
            "each of " + std::to_string(*settings.web_concurrency) +
                " processes counts for itself, so that much more is let through",
            "set REDIS_URL, where all of them count together"};
  }
  return {Finding::Level::ok, subject,
          !*settings.rate_limit_enabled ? "are off"
          : shared                      ? "count in Redis"
                                        : "count here"};
}

// Traces that find no collector are dropped, and requests go on.
std::vector<Finding> examine_tracing(const Settings& settings) {
  const bool own = !settings.otel_exporter_otlp_traces_endpoint->empty();
  const auto& endpoint =
      own ? *settings.otel_exporter_otlp_traces_endpoint : *settings.otel_exporter_otlp_endpoint;
  if (endpoint.empty()) return {};
  return {
      check_reachable(own ? "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" : "OTEL_EXPORTER_OTLP_ENDPOINT",
                      endpoint, Finding::Level::warning)};
}

void add(std::vector<Finding>& to, std::vector<Finding> more) {
  for (auto& finding : more) to.push_back(std::move(finding));
}

}  // namespace

std::vector<Finding> examine(const Settings& settings) {
  auto findings = examine_security(settings);
  for (auto examine_one : {examine_origins, examine_hosts, examine_debug, examine_register,
                           examine_mail, examine_hsts, examine_proxies, examine_counting}) {
    findings.push_back(examine_one(settings));
  }
  if (settings.redis_url && !settings.redis_url->empty()) {
    add(findings, check_redis("REDIS_URL", *settings.redis_url));
  }
  add(findings, examine_tracing(settings));
  add(findings, check_private_file(".env", ".env"));
  add(findings, check_private_file("JWT_KEYS_FILE", settings.jwt_keys_file.value_or("")));
  return findings;
}

}  // namespace app

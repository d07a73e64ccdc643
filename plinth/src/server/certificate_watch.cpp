#include "server/certificate_watch.hpp"

#include <sys/stat.h>

#include <exception>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "server/tls_context.hpp"

namespace plinth::server {
namespace {

constexpr auto ticket_keys_max_age = std::chrono::hours(24);

void append_file(std::string& to, const std::string& file) {
  struct stat facts{};
  if (file.empty() || ::stat(file.c_str(), &facts) < 0) {
    to += "none;";
    return;
  }
  for (const auto number :
       {static_cast<std::int64_t>(facts.st_ino), static_cast<std::int64_t>(facts.st_size),
        static_cast<std::int64_t>(facts.st_mtim.tv_sec),
        static_cast<std::int64_t>(facts.st_mtim.tv_nsec)}) {
    to += std::to_string(number) + ",";
  }
  to += ";";
}

std::string appearance(const ServerOptions& options) {
  std::string text;
  append_file(text, options.ssl_certfile);
  append_file(text, options.ssl_keyfile);
  return text;
}

}  // namespace

CertificateWatch::CertificateWatch(Crew& crew, const ServerOptions& options)
    : crew_(crew),
      options_(options),
      timer_(base::Loop::current().context()),
      seen_(appearance(options)),
      read_at_(Clock::now()) {
  look_later();
}

void CertificateWatch::look_later() {
  if (options_.ssl_reload_ms == 0) return;
  timer_.expires_after(std::chrono::milliseconds(options_.ssl_reload_ms));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    base::Loop::current().spawn(look(Reason::files_changed));
    look_later();
  });
}

void CertificateWatch::reload() { base::Loop::current().spawn(look(Reason::asked)); }

Task<void> CertificateWatch::look(Reason reason) {
  // Files may be slow, and the loop does not wait for them.
  const auto seen = co_await in_thread([options = options_] { return appearance(options); });
  const bool old = Clock::now() - read_at_ > ticket_keys_max_age;
  if (reason == Reason::files_changed && seen == seen_ && !old) co_return;
  seen_ = seen;
  try {
    auto context = co_await in_thread([options = options_] { return make_tls_context(options); });
    read_at_ = Clock::now();
    log_certificate(*context);
    crew_.use_tls(std::move(context));
  } catch (const std::exception& error) {
    base::log(base::Level::error, "the new certificate is not used, the old one stays",
              {{"error", error.what()}});
  }
}

}  // namespace plinth::server

#include <atomic>
#include <stdexcept>
#include <utility>

#include "base/worker_pool.hpp"
#include "mail/address.hpp"
#include "mail/message.hpp"
#include "mail/smtp.hpp"
#include "plinth/error.hpp"
#include "plinth/mail.hpp"

namespace plinth {

struct Mailer::State {
  mail::SmtpUrl url;
  MailerOptions options;
  std::atomic<bool> closing = false;
  base::WorkerPool threads;

  State(std::string_view text, MailerOptions given)
      : url(mail::parse_smtp_url(text)),
        options(std::move(given)),
        threads({.name = "mail", .threads = options.threads, .queue_limit = options.queue_limit}) {
    if (options.from.empty()) return;
    try {
      mail::read_mailbox("MAIL_FROM", options.from);
    } catch (const MailError& error) {
      throw std::invalid_argument(error.what());
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { closing = true; }  // then the threads end
};

bool MailError::is_temporary(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const MailError& failure) {
    return !failure.permanent;
  } catch (...) {
    return false;
  }
}

Mailer::Mailer(std::string_view url, MailerOptions options)
    : state_(std::make_unique<State>(url, std::move(options))) {}

Mailer::Mailer(Mailer&&) noexcept = default;
Mailer& Mailer::operator=(Mailer&&) noexcept = default;
Mailer::~Mailer() = default;

std::string Mailer::shown() const { return state_->url.shown(); }

Task<void> Mailer::send(EmailMessage message) const {
  State& state = *state_;
  if (message.from.empty()) message.from = state.options.from;
  auto work = [&state, sent = std::move(message)] {
    const auto envelope = mail::compose(sent);
    mail::deliver(state.url, state.options, envelope, state.closing);
  };
  try {
    co_await state.threads.run(std::move(work));
  } catch (const HttpError&) {  // the queue is full
    throw MailError(state.url.shown() + ": " + std::to_string(state.options.queue_limit) +
                        " messages wait to be sent already",
                    false);
  }
}

}  // namespace plinth

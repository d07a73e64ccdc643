// E-mail by SMTP. Stands for email.message.EmailMessage and aiosmtplib (or fastapi-mail).
//
//   auto mailer = Mailer("smtp://shop:secret@mail.example.com",
//                        {.from = "Shop <shop@example.com>"});
//   co_await mailer.send({.to = {"ada@example.com"},
//                         .subject = "Welcome",
//                         .text = "Welcome, Ada!"});
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/task.hpp"

namespace plinth {

/// A message, all in UTF-8. Addresses are "ada@example.com" or "Ada Lovelace <ada@example.com>".
struct EmailMessage {
  using HeaderList = std::vector<std::pair<std::string, std::string>>;

  std::string from = {};  // default: the mailer's
  std::vector<std::string> to;
  std::string subject;
  std::string text;
  std::optional<std::string> html = {};  // the same, for readers that show it
  std::vector<std::string> cc = {};
  std::vector<std::string> bcc = {};  // are sent it too, and not named in it
  std::optional<std::string> reply_to = {};
  HeaderList headers = {};  // more of them: {"List-Unsubscribe", "<https://…>"}
  // "id", or "id@example.com"; without an '@' that of the sender's domain, and a random one when
  // empty. Give the same one to every try, and a receiver can tell that it has the message already.
  std::string message_id = {};
};

/// A message was not taken. what() names the server, the step and the server's own words; never a
/// password.
struct MailError : std::runtime_error {
  MailError(const std::string& message, bool is_permanent, int reply_code = 0)
      : std::runtime_error(message), permanent(is_permanent), code(reply_code) {}

  /// For a task that is tried again: `.autoretry_for = &MailError::is_temporary`.
  static bool is_temporary(const std::exception_ptr& error);

  // Another try would fail as well: the server said 5xx, or the message itself is wrong. Else (4xx,
  // no connection, no answer in time) it may succeed, and may be the second one to arrive.
  bool permanent;
  int code;  // of the server's reply; 0 when there was none
};

struct MailerOptions {
  std::string from = {};                  // of messages that do not say; MAIL_FROM
  long long connect_timeout_ms = 10'000;  // name, connection, TLS, greeting and login
  long long timeout_ms = 60'000;          // of a whole message
  unsigned threads = 2;                   // messages that are sent at the same time
  std::size_t queue_limit = 1000;         // messages that may wait for that
};

/// Sends messages by a server, each over a connection of its own, on threads of its own.
///
/// url      smtp://[user:password@]host[:587], or smtps:// with TLS from the first byte, port 465.
///          What is special in a name or password is %-encoded. Behind '?':
///          starttls=required|off  else STARTTLS is used where the server offers it, and demanded
///                                 when there is a password; neither on this machine itself
///          ca_file=<path>         certificates to trust instead of the system's
///          local_hostname=<name>  how to greet the server; else the machine's name
/// throws   std::invalid_argument, naming the fix, for this and for options.from
///
/// From any thread that has an event loop. Destroying it gives up what is still being sent.
class Mailer {
 public:
  explicit Mailer(std::string_view url, MailerOptions options = {});
  Mailer(Mailer&&) noexcept;
  Mailer& operator=(Mailer&&) noexcept;
  ~Mailer();

  /// Returns when the server has taken it for every recipient; MailError when it has taken it for
  /// none. A destroyed Task does not call the message back.
  Task<void> send(EmailMessage message) const;

  /// The url without user and password, for logs.
  std::string shown() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plinth

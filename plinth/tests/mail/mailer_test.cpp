// Messages to a real SMTP server, which reads them with Python's email package.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "plinth/json.hpp"
#include "plinth/mail.hpp"
#include "support/smtp_server.hpp"

using namespace plinth;
using support::SmtpServer;

namespace {

EmailMessage message_to(std::string address) {
  return {.from = "Shop <shop@example.com>",
          .to = {std::move(address)},
          .subject = "Welcome",
          .text = "Welcome, Ada!\n"};
}

std::string with_login(const SmtpServer& server, const std::string& options = {},
                       const std::string& login = "shop:secret") {
  const auto url = server.url();
  const auto begin = url.find("//") + 2;
  return url.substr(0, begin) + login + "@" + url.substr(begin) + options;
}

Json next_of(SmtpServer& server) { return Json::parse(server.next()); }

struct Refused {
  bool permanent;
  int code;
  std::string text;
};

Refused refusal(const Mailer& mailer, EmailMessage message) {
  try {
    run(mailer.send(std::move(message)));
  } catch (const MailError& error) {
    CHECK(MailError::is_temporary(std::current_exception()) != error.permanent);
    return {error.permanent, error.code, error.what()};
  }
  return {false, 0, "taken"};
}

std::string texts(const Json& list) { return list.dump(); }

// Takes connections and never says a word.
class BlackHole {
 public:
  BlackHole() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;
  ~BlackHole() { ::close(socket_); }
  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

}  // namespace

TEST_CASE("a message arrives as it was written") {
  SmtpServer server;
  const Mailer mailer(server.url() + "?local_hostname=app.example.com");
  auto message = message_to("\"Lovelace, Ada\" <ada@example.com>");
  message.from = "Größer & Söhne <shop@example.com>";
  message.cc = {"charles@example.com", "Zoë <z@example.com>"};
  message.bcc = {"secret@example.com"};
  message.reply_to = "Help Desk <help@example.com>";
  message.headers = {{"X-Tag", "welcome"}, {"X-Long", std::string(120, 'y') + " end"}};
  message.subject =
      "Willkommen, schön dass du da bist: 日本語 und noch viel mehr, das nicht auf eine "
      "Zeile passt";
  message.text = ".\n..two dots\nGrüße = 100 %\n\n" + std::string(300, 'x') + " \nFrom here\n";
  message.html = "<p>Grüße</p>\n";
  message.message_id = "welcome-1@example.com";
  run(mailer.send(message));

  const auto taken = next_of(server);
  CHECK(taken["greeting"] == "app.example.com");
  CHECK(taken["mail_from"] == "shop@example.com");
  CHECK(texts(taken["rcpt_tos"]) ==
        R"(["ada@example.com","charles@example.com","z@example.com","secret@example.com"])");
  CHECK(texts(taken["addresses"]["from"]) == R"([["Größer & Söhne","shop@example.com"]])");
  CHECK(texts(taken["addresses"]["to"]) == R"([["Lovelace, Ada","ada@example.com"]])");
  CHECK(texts(taken["addresses"]["cc"]) ==
        R"([["","charles@example.com"],["Zoë","z@example.com"]])");
  CHECK(texts(taken["addresses"]["reply-to"]) == R"([["Help Desk","help@example.com"]])");
  CHECK(taken["headers"]["Subject"] == message.subject);
  CHECK(taken["headers"]["X-Tag"] == "welcome");
  CHECK(taken["headers"]["X-Long"] == message.headers[1].second);
  CHECK(taken["headers"]["Message-ID"] == "<welcome-1@example.com>");
  CHECK(taken["content_type"] == "multipart/alternative");
  CHECK(taken["bodies"]["text/plain"] == message.text);
  CHECK(taken["bodies"]["text/html"] == *message.html);
  CHECK(texts(taken["defects"]) == "[]");
  CHECK(taken["data"].str().find("secret@") == std::string::npos);
  CHECK(server.stop().empty());
}

TEST_CASE("any text comes through: long lines, dots, other alphabets, a megabyte") {
  SmtpServer server;
  const Mailer mailer(server.url());
  std::string large;
  while (large.size() < 1'000'000) large += "Zeile mit Umlauten: äöü ß\n.\n";
  for (const auto& text :
       {std::string(".\n"), std::string("..\n.\n"), std::string(5000, 'x') + "\n",
        std::string("日本語\n"), std::string("tab\t \n \n"), large}) {
    auto message = message_to("ada@example.com");
    message.text = text;
    run(mailer.send(message));
    const auto taken = next_of(server);
    CHECK(taken["bodies"]["text/plain"].str() == text);
    CHECK(texts(taken["defects"]) == "[]");
  }
}

TEST_CASE("a login is made over STARTTLS, and the certificate is verified") {
  SmtpServer server({.tls = SmtpServer::Tls::starttls, .login = "shop:secret"});
  const Mailer mailer(with_login(server, "?starttls=required&ca_file=" + server.ca_file()));
  CHECK(mailer.shown() == server.url());
  run(mailer.send(message_to("ada@example.com")));
  const auto taken = next_of(server);
  CHECK(taken["tls"] == true);
  CHECK(taken["user"] == "shop");

  const Mailer trusting(with_login(server, "?starttls=required"));
  const auto refused = refusal(trusting, message_to("ada@example.com"));
  CHECK_FALSE(refused.permanent);
  CHECK(refused.text.starts_with(server.url() + ": "));
  CHECK(refused.text.find("its certificate is not trusted") != std::string::npos);
  CHECK(refused.text.find("secret") == std::string::npos);
  CHECK(server.stop().empty());
}

TEST_CASE("smtps is encrypted from the first byte") {
  SmtpServer server({.tls = SmtpServer::Tls::implicit, .login = "shop:secret"});
  run(Mailer(with_login(server, "?ca_file=" + server.ca_file()))
          .send(message_to("ada@example.com")));
  CHECK(next_of(server)["tls"] == true);
}

TEST_CASE("where encryption is demanded and not offered, nothing is sent") {
  SmtpServer server({.login = "shop:secret"});
  const Mailer mailer(with_login(server, "?starttls=required"));
  const auto refused = refusal(mailer, message_to("ada@example.com"));
  CHECK_FALSE(refused.permanent);
  CHECK(refused.text.find("offers no encryption") != std::string::npos);
  CHECK(server.stop().empty());
}

TEST_CASE("a wrong password is told in the server's words, and is not told") {
  SmtpServer server({.login = "shop:secret"});
  const Mailer mailer(with_login(server, "", "shop:wrong-one"));
  const auto refused = refusal(mailer, message_to("ada@example.com"));
  CHECK(refused.permanent);
  CHECK(refused.code == 535);
  CHECK(refused.text == server.url() + ": AUTH: 535 5.7.8 who is there?");
}

TEST_CASE("a refusal says at which step, in the server's words, and whether for good") {
  SmtpServer server;
  const Mailer mailer(server.url());
  const auto gone = refusal(mailer, message_to("550-ada@example.com"));
  CHECK(gone.permanent);
  CHECK(gone.code == 550);
  CHECK(gone.text == server.url() +
                         ": RCPT TO:<550-ada@example.com>: 550 5.1.1 550-ada@example.com is "
                         "refused");

  const auto later = refusal(mailer, message_to("451-ada@example.com"));
  CHECK_FALSE(later.permanent);
  CHECK(later.code == 451);

  const auto spam = refusal(mailer, message_to("data-554-ada@example.com"));
  CHECK(spam.permanent);
  CHECK(spam.text == server.url() + ": DATA: 554 5.7.1 this message 5.7.1 is spam");

  auto several = message_to("ada@example.com");
  several.cc = {"550-b@example.com"};
  CHECK(refusal(mailer, several).code == 550);  // none of them is sent it
  run(mailer.send(message_to("ada@example.com")));
  next_of(server);
  CHECK(server.stop().empty());
}

TEST_CASE("a server that fails for a while takes the message later") {
  SmtpServer server({.fail_first = 1});
  const Mailer mailer(server.url());
  const auto first = refusal(mailer, message_to("ada@example.com"));
  CHECK_FALSE(first.permanent);
  CHECK(first.code == 451);
  run(mailer.send(message_to("ada@example.com")));
  CHECK(next_of(server)["mail_from"] == "shop@example.com");
}

TEST_CASE("an international address is sent where the server has SMTPUTF8, else refused") {
  SmtpServer server;
  run(Mailer(server.url()).send(message_to("Zoë <zoë@bücher.example>")));
  const auto taken = next_of(server);
  CHECK(texts(taken["rcpt_tos"]) == R"(["zoë@xn--bcher-kva.example"])");
  CHECK(texts(taken["options"]).find("SMTPUTF8") != std::string::npos);
  CHECK(taken["data"].str().find("<zoë@xn--bcher-kva.example>") != std::string::npos);

  SmtpServer old({.smtputf8 = false});
  const auto refused = refusal(Mailer(old.url()), message_to("zoë@example.com"));
  CHECK(refused.permanent);
  CHECK(refused.text.find("does not take such (SMTPUTF8)") != std::string::npos);
  run(Mailer(old.url()).send(message_to("Zoë <z@bücher.example>")));
  CHECK(texts(next_of(old)["rcpt_tos"]) == R"(["z@xn--bcher-kva.example"])");
  CHECK(old.stop().empty());
}

TEST_CASE("a server that is not there, or never answers, is a temporary failure") {
  const auto absent = refusal(Mailer("smtp://127.0.0.1:1"), message_to("ada@example.com"));
  CHECK_FALSE(absent.permanent);
  CHECK(absent.code == 0);
  CHECK(absent.text.starts_with("smtp://127.0.0.1:1: "));

  const BlackHole hole;
  const Mailer impatient(hole.url(), {.connect_timeout_ms = 50, .timeout_ms = 100});
  const auto silent = refusal(impatient, message_to("ada@example.com"));
  CHECK_FALSE(silent.permanent);
  CHECK(silent.text.find("imed out") != std::string::npos);
}

TEST_CASE("a full queue is a temporary failure, and a closed mailer gives up at once") {
  const BlackHole hole;
  std::vector<Task<void>> sent;  // of three, one is being sent and one waits at most
  auto mailer = std::make_unique<Mailer>(hole.url(), MailerOptions{.threads = 1, .queue_limit = 1});
  std::vector<std::string> refusals;
  run([](const Mailer& busy, std::vector<Task<void>>& tasks,
         std::vector<std::string>& texts) -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      auto task = busy.send(message_to("ada@example.com"));
      task.start();
      if (!task.done()) {
        tasks.push_back(std::move(task));
        continue;
      }
      try {
        task.take();
      } catch (const MailError& error) {
        CHECK_FALSE(error.permanent);
        texts.emplace_back(error.what());
      }
    }
    co_return;
  }(*mailer, sent, refusals));
  REQUIRE_FALSE(refusals.empty());
  CHECK(refusals[0] == hole.url() + ": 1 messages wait to be sent already");
  sent.clear();
  mailer.reset();  // returns, though the server's limit is a minute
}

TEST_CASE("messages that name no sender have the mailer's, which is checked at once") {
  SmtpServer server;
  const Mailer mailer(server.url(), {.from = "Shop <shop@example.com>"});
  EmailMessage message{.to = {"ada@example.com"}, .subject = "Hi", .text = "Hi"};
  run(mailer.send(message));
  CHECK(next_of(server)["mail_from"] == "shop@example.com");
  CHECK_THROWS_WITH_AS(Mailer(server.url(), {.from = "shop"}),
                       "MAIL_FROM: \"shop\" is no address: An email address must have an @-sign.",
                       std::invalid_argument);
  CHECK(refusal(Mailer(server.url()), message).text ==
        "from: the message has no sender, and the mailer none either");
}

TEST_CASE("a message that is wrong is refused before anybody is asked") {
  const Mailer mailer("smtp://127.0.0.1:1");
  auto message = message_to("ada@example.com");
  message.subject = "Hi\r\nBcc: eve@example.com";
  const auto refused = refusal(mailer, message);
  CHECK(refused.permanent);
  CHECK(refused.text.starts_with("subject: "));
}
